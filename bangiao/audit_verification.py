"""The log checked against itself, its checkpoints, and checkpoints from outside: every leaf and root worked out anew.

events + seeds → leaf hashes → subtrees → roots, each compared with what is stored and what was signed. What was changed
without hashing anew is named entry by entry; what was hashed anew is caught by the signatures, between two of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from bangiao.audit_stamps import is_about
from bangiao.formats import moment
from checklists.audit.checkpoint import NotACheckpoint, SignedCheckpoint, VerifierKey, parse_checkpoint
from checklists.audit.findings import LogFinding, Wrong
from checklists.audit.leaf import leaf_of
from checklists.audit.merkle import Frontier, Levels
from db.audit_checkpoints import StoredCheckpoint, checkpoints
from db.audit_log import event_of, log_size, waiting_since
from db.audit_reading import Page, erasures_on_record, higher_subtrees, missing_guards, pages, smuggled, stamps
from db.audit_tree import HEIGHT
from db.session import begin_read
from evidence.signing.notes import signed_by

SHOWN = 50
"""So many findings of each kind are kept; the others are counted."""

_WIDTH = 1 << HEIGHT


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked (entries, root, signed checkpoints) and what was found: the first of it, `total` in all."""

    size: int
    root: bytes | None
    checkpoints: int
    findings: Sequence[LogFinding]
    total: int


@dataclass(frozen=True, slots=True)
class _Head:
    """A root that the log has to have at this size. `given`: it came from outside."""

    size: int
    root: bytes
    given: bool = False


@dataclass
class _Findings:
    kept: list[LogFinding] = field(default_factory=list)
    kinds: Counter[Wrong] = field(default_factory=Counter)

    def add(self, *found: LogFinding) -> None:
        for one in found:
            self.kinds[one.wrong] += 1
            if self.kinds[one.wrong] <= SHOWN:
                self.kept.append(one)

    @property
    def total(self) -> int:
        return self.kinds.total()


def verify_log(
    engine: Engine,
    keys: Sequence[VerifierKey],
    now: datetime,
    *,
    given: Sequence[SignedCheckpoint] = (),
    roots: Sequence[tuple[int, bytes]] = (),
    window: timedelta = timedelta(hours=1),
    advance: Callable[[int], object] = lambda _count: None,
) -> Verified:
    """Read the whole log and say what is wrong with it. `given`: checkpoints that somebody kept elsewhere; `roots`:
    size and root alone, from a letter. `window`: so long an event may wait for its place. `advance` is told how many
    entries were checked."""
    findings = _Findings()
    with begin_read(engine) as connection:
        size, stored = log_size(connection), checkpoints(connection)
        findings.add(*_signatures(stored, given, keys), *_stamps(connection, stored))
    heads = [_Head(one.size, one.root) for one in stored]
    heads += [_Head(one.checkpoint.size, one.checkpoint.root, True) for one in given]
    heads += [_Head(size_then, root, True) for size_then, root in roots]
    walk = _Walk(findings, sorted(heads, key=lambda head: head.size))
    for page in pages(engine, size):
        walk.over(page)
        advance(page.end - page.first)
    walk.end(size)
    with begin_read(engine) as connection:
        findings.add(*_higher(connection, walk), *_beside(connection, now, window))
    root = walk.tree.root() if walk.whole else None
    return Verified(size, root, len(stored), findings.kept, findings.total)


@dataclass
class _Walk:
    """The tree growing entry by entry, and the roots it should have on the way."""

    findings: _Findings
    heads: list[_Head]
    tree: Frontier = field(default_factory=Frontier)
    whole: bool = True
    """No entry was missing so far: roots can be worked out."""
    subtrees: list[bytes] = field(default_factory=list)
    _good: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    """The first so many entries are what was signed: by checkpoints on record, and by those given. The former do not
    vouch for the latter: who has the key can sign anew what is on record."""
    _rewritten: bool = False

    def over(self, page: Page) -> None:
        expected, leaves = page.first, []
        for row in page.rows:
            if row.audit_index != expected:
                self._gap(expected, row.audit_index - 1)
            expected = row.audit_index + 1
            self._entry(row, page)
            leaves.append(bytes(row.leaf_hash))
        if expected != page.end:
            self._gap(expected, page.end - 1)
        if self.whole:
            self._grow(leaves, page)

    def _gap(self, first: int, last: int) -> None:
        self.whole = False
        self.findings.add(LogFinding(Wrong.GAP, first, last))

    def _entry(self, row: Any, page: Page) -> None:
        index, event_id, seed, leaf_hash, found = row[:5]
        if found is None:
            self.findings.add(LogFinding(Wrong.EVENT_GONE, index, event=event_id))
            return
        if leaf_of(event_of(row), seed, index, page.erased.get(event_id)) != leaf_hash:
            self.findings.add(LogFinding(Wrong.CHANGED, index, event=event_id))

    def _grow(self, leaves: list[bytes], page: Page) -> None:
        """By whole subtrees; where a signed head lies inside one, also by its leaves up to there."""
        for start in range(0, len(leaves), _WIDTH):
            part = leaves[start : start + _WIDTH]
            self._heads_within(part)
            if len(part) < _WIDTH:
                self.tree.extend(part)
                return
            subtree, place = Levels(part)(HEIGHT, 0), (page.first + start) >> HEIGHT
            if page.subtrees.get(place) != subtree:
                first = page.first + start
                self.findings.add(LogFinding(Wrong.SUBTREE, first, first + _WIDTH - 1))
            self.subtrees.append(subtree)
            self._append(subtree)

    def _append(self, subtree: bytes) -> None:
        """The same as appending its leaves one after another."""
        above = Frontier(self.tree.size >> HEIGHT, self.tree.peaks)
        above.append(subtree)
        self.tree = Frontier(above.size << HEIGHT, above.peaks)

    def _heads_within(self, part: list[bytes]) -> None:
        start = self.tree.size
        partial = Frontier(start, list(self.tree.peaks))
        while self.heads and self.heads[0].size <= start + len(part):
            head = self.heads.pop(0)
            partial.extend(part[partial.size - start : head.size - start])
            self._compare(head, partial.root())

    def _compare(self, head: _Head, root: bytes) -> None:
        if head.root == root:
            self._good[head.given] = head.size
        elif head.given:
            self.findings.add(LogFinding(Wrong.FORKED, self._good[True], head.size - 1, size=head.size))
        elif not self._rewritten:  # whatever was signed later does not agree either
            self._rewritten = True
            self.findings.add(LogFinding(Wrong.REWRITTEN, self._good[False], head.size - 1, size=head.size))

    def end(self, size: int) -> None:
        """What was signed over more entries than there are."""
        beyond = [head for head in self.heads if head.size > size]
        for given in (False, True):
            if sizes := [head.size for head in beyond if head.given is given]:
                wrong = Wrong.ROLLED_BACK if given else Wrong.CUT
                self.findings.add(LogFinding(wrong, size, max(sizes) - 1, size=max(sizes)))


def _signatures(
    stored: Iterable[StoredCheckpoint], given: Iterable[SignedCheckpoint], keys: Sequence[VerifierKey]
) -> Iterator[LogFinding]:
    for one in stored:
        try:
            signed = parse_checkpoint(one.text)
        except NotACheckpoint:
            yield LogFinding(Wrong.UNREADABLE, size=one.size)
            continue
        if (signed.checkpoint.size, signed.checkpoint.root) != (one.size, one.root):
            yield LogFinding(Wrong.UNREADABLE, size=one.size)
        if not _ours(signed, keys):
            yield LogFinding(Wrong.FORGED, size=one.size)
    for signed in given:
        if not _ours(signed, keys):
            yield LogFinding(Wrong.FORGED, size=signed.checkpoint.size)


def _ours(signed: SignedCheckpoint, keys: Sequence[VerifierKey]) -> bool:
    key = signed_by(signed, keys)
    return key is not None and signed.checkpoint.origin == key.name


def _stamps(connection: Connection, stored: Iterable[StoredCheckpoint]) -> Iterator[LogFinding]:
    texts = {one.size: one.text.encode() for one in stored}
    for size, token in stamps(connection):
        if not is_about(token, texts.get(size, b"")):
            yield LogFinding(Wrong.BAD_STAMP, size=size)


def _higher(connection: Connection, walk: _Walk) -> Iterator[LogFinding]:
    if not walk.whole:
        return
    levels = Levels(walk.subtrees)
    for level, position, digest in higher_subtrees(connection):
        if (position + 1) << level > walk.tree.size or levels(level - HEIGHT, position) != digest:
            yield LogFinding(Wrong.SUBTREE, position << level, ((position + 1) << level) - 1)


def _beside(connection: Connection, now: datetime, window: timedelta) -> Iterator[LogFinding]:
    """What is wrong beside the entries: events that have none, erasures nobody told of, triggers that are gone."""
    for event_id in smuggled(connection, SHOWN):
        yield LogFinding(Wrong.SMUGGLED, event=event_id)
    count, oldest = waiting_since(connection)
    if oldest is not None and now - oldest > window:
        yield LogFinding(Wrong.LATE, count=count, since=moment(oldest))
    for one in erasures_on_record(connection):
        if not one.told:
            yield LogFinding(Wrong.UNTOLD_ERASURE, one.index, event=one.event_id, field=one.field)
        if not one.gone:
            yield LogFinding(Wrong.NOT_ERASED, one.index, event=one.event_id, field=one.field)
    for name in missing_guards(connection):
        yield LogFinding(Wrong.UNGUARDED, event=name)
