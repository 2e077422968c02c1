"""The evidence store against the record: each file that a row names is there and whole, and no other is.

The file comes first and the row later, so a crash leaves at worst a file that no row names. One that came within the
last hour may still get its row.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bangiao.health.checks import JUST_NOW, Area, Check, Finding, Look, Verdict
from bangiao.health.record import RESTORE, finding_of, name_of
from checklists.messages import Message
from db import findings_proof as proof
from db.findings import MOST, OddStep
from db.findings_proof import RecordedFile
from evidence.errors import CannotRead
from evidence.notes import text_digest
from evidence.store import EvidenceStore, Integrity

QUARANTINE = "quarantine"
"""The folder in the store where files lie that no row named; one folder in it for each day."""

OLD_LEFTOVER = timedelta(days=1)
_STEPS_SHOWN = 5
_BRING = Message("Bring it back with: bangiao doctor --repair")
_RESTORE = Message("Put it back from the backup into {folder}.")
_BACK = Message("Put it back from the backup into {folder}, or attach the same file again: bangiao step attach {step}")


def files(look: Look) -> Verdict:
    """Every file on record is in the store, with its size."""
    with look.record() as connection:
        recorded = proof.recorded_files(connection)
    odd: list[tuple[RecordedFile, str]] = []
    with look.progress(Message("Files of evidence"), len(recorded)) as advance:
        for one in recorded:
            if said := _not_there(look.store, one):
                odd.append((one, said))
            advance()
    fine = Message("{count} files on record are in the store, with their sizes.", {"count": len(recorded)})
    return _of_files(look, fine, odd)


def _not_there(store: EvidenceStore, one: RecordedFile) -> str:
    """What is wrong with the file; "" for nothing."""
    try:
        size = store.path(one.digest).stat().st_size
    except OSError:
        return _QUARANTINED if in_quarantine(store, one.digest) else _MISSING
    return "" if one.size in {None, size} else _OTHER_SIZE


_MISSING = Message("{file} ({digest}), which proves {steps}, is not in the store.").msgid
_QUARANTINED = Message("{file} ({digest}), which proves {steps}, lies in the quarantine folder.").msgid
_OTHER_SIZE = Message("{file} ({digest}), which proves {steps}, has another size than on record.").msgid
_CHANGED = Message("{file} ({digest}), which proves {steps}, is not what was put there.").msgid
_UNREADABLE = Message("{file} ({digest}), which proves {steps}, cannot be read.").msgid


def _of_files(look: Look, fine: Message, odd: list[tuple[RecordedFile, str]]) -> Verdict:
    with look.record() as connection:
        steps = proof.proved_by(connection, {one.digest for one, _ in odd[:MOST]})
    found = [_file_finding(look.store, one, said, steps[one.digest]) for one, said in odd[:MOST]]
    return Verdict(fine, found, len(odd))


def _file_finding(store: EvidenceStore, one: RecordedFile, msgid: str, steps: list[OddStep]) -> Finding:
    names: tuple[object, ...] = tuple(name_of(step) for step in steps[:_STEPS_SHOWN])
    if one.minutes:
        names = (Message("minutes {number}", {"number": one.minutes}),)
    told: dict[str, object] = {"file": one.name, "digest": one.digest[:12], "steps": names}
    told |= {"folder": str(store.path(one.digest).parent), "step": names[0] if names else "–"}
    mended = msgid == _QUARANTINED
    back = _BRING if mended else _RESTORE if one.minutes else _BACK
    return Finding(Message(msgid, told), Message(back.msgid, told), one.digest, mended)


def in_quarantine(store: EvidenceStore, digest: str) -> Path | None:
    """Where a file of this digest lies in quarantine, the latest day first."""
    return max((store.folder / QUARANTINE).glob(f"*/{digest}"), default=None)


def contents(look: Look) -> Verdict:
    """Every file is read again and compared with its digest. What is not there is the other check's finding."""
    with look.record() as connection:
        recorded = {one.digest: one for one in proof.recorded_files(connection)}
    odd: list[tuple[RecordedFile, str]] = []
    with look.progress(Message("Reading evidence again"), len(recorded)) as advance:
        for digest, one in recorded.items():
            if said := _read_again(look.store, digest):
                odd.append((one, said))
            advance()
    return _of_files(
        look, Message("{count} files were read again and are what was put there.", {"count": len(recorded)}), odd
    )


def _read_again(store: EvidenceStore, digest: str) -> str:
    try:
        return _CHANGED if store.check(digest) is Integrity.CHANGED else ""
    except (CannotRead, OSError):
        return _UNREADABLE


def texts(look: Look) -> Verdict:
    """Notes and links are what they were when they were attached."""
    with look.record() as connection:
        other = {
            one.step_id
            for one in proof.recorded_texts(connection)
            if text_digest("note" if one.kind == "note" else "link", one.text) != one.digest
        }
        odd = proof.steps_named(connection, other)
    fine = Message("They are what was attached.")
    return Verdict(fine, [_other_text(step) for step in odd.rows], odd.total)


def _other_text(step: OddStep) -> Finding:
    return finding_of(step, "A note or a link of {step} is not what was attached.", RESTORE)


def orphans(look: Look) -> Verdict:
    """Every file in the store is named by a row, but for those that came just now."""
    old, new = unnamed(look)
    fine = Message("No file is there that no row names.")
    if new:
        fine = Message("{count} files came just now and have no row yet.", {"count": len(new)})
    return Verdict(fine, [_orphan(path) for path in old[:MOST]], len(old))


def _orphan(path: Path) -> Finding:
    what = Message("{digest} is in the store, and no row names it.", {"digest": path.name[:12]})
    todo = Message("Move it to the quarantine folder with: bangiao doctor --repair")
    return Finding(what, todo, str(path), mended=True)


def unnamed(look: Look) -> tuple[list[Path], list[Path]]:
    """Files that no row names: those from before, and those that came just now. Looked at before the record is, so that
    a row written meanwhile counts."""
    there = list(look.store.digests())
    with look.record() as connection:
        named = proof.named_digests(connection)
    alone = [look.store.path(digest) for digest in there if digest not in named]
    old = [path for path in alone if not fresh(path, look.wiring.now())]
    return old, sorted(set(alone) - set(old))


def fresh(path: Path, now: datetime) -> bool:
    """Whether the file came within the last hour (or, by its time, after now); one that is gone is no orphan either."""
    try:
        came = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return True
    return now - came < JUST_NOW


def leftovers(look: Look) -> Verdict:
    """What crashed uploads left goes after a day."""
    now = look.wiring.now()
    there = look.store.leftovers()
    old = [one for one in there if now - one.written > OLD_LEFTOVER]
    fine = Message("Nothing is left of uploads that crashed.")
    if there:
        fine = Message("{count} were left within a day.", {"count": len(there)})
    todo = Message("Remove it with: bangiao doctor --repair")
    found = [
        Finding(
            Message(
                "{file} ({size} bytes) is left of an upload that crashed.", {"file": one.path.name, "size": one.size}
            ),
            todo,
            str(one.path),
            mended=True,
        )
        for one in old
    ]
    return Verdict(fine, found)


def minutes(look: Look) -> Verdict:
    """What both sides confirmed is put away."""
    with look.record() as connection:
        half = proof.half_finished_minutes(connection)
    found = []
    for one in half:
        told = {"number": one.number, "decision": one.decision}
        what = Message("Minutes {number} ({decision}) are confirmed by both sides and not put away.", told)
        todo = Message("Put them away with: bangiao minutes finish {number} --decision {decision}", told)
        found.append(Finding(what, todo, one.number))
    return Verdict(Message("Whatever both sides confirmed is put away."), found)


_check = partial(Check, area=Area.EVIDENCE)

CHECKS = (
    _check("files", title=Message("Files of evidence"), look=files),
    _check("contents", title=Message("Contents of files"), look=contents, deep=True),
    _check("texts", title=Message("Notes and links"), look=texts, deep=True),
    _check("orphans", title=Message("Files without a row"), look=orphans),
    _check("minutes", title=Message("Minutes"), look=minutes),
    _check("leftovers", title=Message("Crashed uploads"), look=leftovers),
)
