"""Packages on the terminal: where one is, what is in it and what is missing, how anybody verifies it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bangiao.cli.output import command_line, heading, moment, number, out, progress_bar, table
from bangiao.i18n import _, language_in_force, render
from bangiao.package_orders import Exported
from bangiao.package_progress import Advance
from bangiao.settings import Settings
from checklists.messages import Message
from db.packages import PackageFacts
from evidence.package.keys import PackageKey
from evidence.package.placing import is_zip
from evidence.package.seal import SIGNATURE

Words = Callable[[], str]

_MANY_ROWS: tuple[tuple[str, Words], ...] = (
    ("checklists.jsonl", lambda: _("checklists")),
    ("steps.jsonl", lambda: _("steps")),
    ("events.jsonl", lambda: _("events")),
    ("evidence.jsonl", lambda: _("pieces of evidence")),
    ("minutes.jsonl", lambda: _("minutes")),
    ("notices.jsonl", lambda: _("notices")),
)
_STATES: Mapping[str, Words] = {
    "ordered": lambda: _("ordered"),
    "staging": lambda: _("being made"),
    "sealed": lambda: _("sealed, not recorded as handed out"),
    "done": lambda: _("finished"),
    "failed": lambda: _("failed"),
}
_MISSING: Mapping[str, Words] = {
    "event_not_in_log": lambda: _("events without a place in the log"),
    "evidence_wanted": lambda: _("steps said to be done, without the evidence asked for"),
    "file_absent": lambda: _("files on record that are not in the store"),
    "file_damaged": lambda: _("files in the store that are damaged"),
    "minutes_unconfirmed": lambda: _("minutes that a side has not confirmed"),
    "notice_undelivered": lambda: _("notices that did not arrive"),
    "step_open": lambda: _("open steps"),
    "step_overdue": lambda: _("overdue steps"),
    "unit_without_events": lambda: _("units without any event"),
}
_MEGABYTE = 1 << 20
_SHORT = 12


@contextmanager
def shown_progress(words: Message, total: int | None) -> Iterator[Advance]:
    """A bar on stderr for each stage."""
    with progress_bar(render(words), total) as advance:
        yield advance


def key_page(key: PackageKey, key_file: Path, certificate: Path) -> None:
    heading(_("Packages are sealed with this key from now on."))
    out.print(_("Key: {file} (keep a copy where only you can reach it; never in the database)").format(file=key_file))
    out.print(_("Certificate: {file} (whoever verifies packages needs it)").format(file=certificate))
    out.print(_("Its fingerprint (SHA-256), to be told by another way than with a package:"))
    command_line(key.fingerprint)


def exported_page(made: Exported, settings: Settings) -> None:
    title = _("Evidence package {package}").format(package=made.package)
    heading(title, f"  {_size(made.bytes)}")
    out.print(made.document["filters_text"][language_in_force()])
    if made.again:
        out.print(_("Nothing has changed since it was made: this is the same package, byte for byte."), style="bold")
    command_line(str(made.target))
    _contents(made.document)
    _missing(made.missing)
    _supersedes(made.document["supersedes"])
    _left_out(made.document["left_out"])
    if made.unstamped:
        out.print(_("Without a time stamp: {why}").format(why=render(made.unstamped)))
    _how_to_verify(made, settings)


def redacted_page(made: Exported, settings: Settings) -> None:
    heading(_("Evidence package {package}, for outsiders").format(package=made.package), f"  {_size(made.bytes)}")
    out.print(made.document["filters_text"][language_in_force()])
    command_line(str(made.target))
    _contents(made.document)
    shown = table(_("Count"), _("Left out"), _("Basis"), numbers=(0,))
    for row in made.document["left_out"]:
        shown.add_row(number(row["number"]), row["what"], row["basis"])
    out.print(shown)
    if made.document["files"]:
        words = _("{count} files of evidence are in it as they were handed in: look at what they say of persons.")
        out.print(words.format(count=number(made.document["files"])), style="bold")
    _how_to_verify(made, settings)


def _contents(document: Mapping[str, Any]) -> None:
    rows = document["rows"]
    told = [f"{number(rows[file])} {words()}" for file, words in _MANY_ROWS]
    out.print(_("In it: {rows}; {files} files.").format(rows=", ".join(told), files=number(document["files"])))
    checkpoint = document["checkpoint"]
    words = _("Audit log: {size} entries, checkpoint {root}")
    out.print(words.format(size=number(checkpoint["size"]), root=checkpoint["root"]))


def _missing(counts: Mapping[str, int]) -> None:
    found = [(kind, count) for kind, count in sorted(counts.items()) if count]
    if not found:
        out.print(_("Nothing is missing."))
        return
    heading(_("Missing ({count})").format(count=number(sum(count for _kind, count in found))))
    shown = table(_("Count"), _("What is missing"), numbers=(0,))
    for kind, count in found:
        shown.add_row(number(count), _MISSING[kind]() if kind in _MISSING else kind)
    out.print(shown)


def _supersedes(before: Mapping[str, Any] | None) -> None:
    if before is None:
        return
    out.print(_("Supersedes {package}. Changed since:").format(package=before["package"]))
    if not before["changes"]:
        out.print(f"  {_('no row')}")
    for file, counts in before["changes"].items():
        words = _("{file}: {added} added, {changed} changed, {gone} gone")
        numbers = {name: number(count) for name, count in counts.items()}
        out.print(f"  {words.format(file=file.removesuffix('.jsonl'), **numbers)}")


def _left_out(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        words = _("Left out: {what} ({number}). {why} {basis}")
        why = row["why"][language_in_force()]
        told = words.format(what=row["what"], number=number(row["number"]), why=why, basis=row["basis"])
        out.print(told.strip())


def _how_to_verify(made: Exported, settings: Settings) -> None:
    heading(_("Anybody verifies it with these commands:"))
    certificate = settings.sealing_package_certificate
    if is_zip(made.target):
        command_line("unzip", "-q", made.target.name)
        command_line("cd", made.package)
    else:
        command_line("cd", str(made.target))
    command_line("sha256sum", "--strict", "-c", "tagmanifest-sha256.txt")
    command_line("sha256sum", "--strict", "--quiet", "-c", "manifest-sha256.txt")
    verify = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", SIGNATURE)
    content = (
        "-content",
        "tagmanifest-sha256.txt",
        "-CAfile",
        str(certificate),
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    )
    command_line(*verify, *content)
    out.print(_("All of it, files added and the audit log included, is in HOW-TO-VERIFY.vi.txt and .en.txt in it."))


def ordered_page(package: str) -> None:
    out.print(_("Ordered: {package}. The worker makes it; how far it is:").format(package=package))
    command_line("bangiao", "evidence", "show", package)


def list_page(found: Sequence[PackageFacts]) -> None:
    if not found:
        out.print(_("No package has been made yet: bangiao evidence export --out NAME.zip"))
        return
    shown = table(_("Package"), _("Day"), _("State"), _("What"), _("Exported by"), _("Size"), numbers=(5,))
    for one in found:
        size = _size(one.bytes) if one.bytes else "–"
        shown.add_row(
            one.id, moment(one.exported_at or one.ordered_at), _state(one), _asked(one), one.exported_by, size
        )
    out.print(shown)


def package_page(one: PackageFacts, document: Mapping[str, Any] | None) -> None:
    heading(_("Evidence package {package}").format(package=one.id), f"  {_state(one)}")
    out.print(document["filters_text"][language_in_force()] if document else _asked(one))
    words = _("Ordered {at} by {person}; purpose: {purpose}")
    out.print(words.format(at=moment(one.ordered_at), person=one.exported_by, purpose=one.purpose or "–"))
    if one.stage and one.state != "done":
        words = _("{at}: {stage} {progress}")
        progress = f"({number(one.done)}/{number(one.total)})" if one.total else ""
        out.print(words.format(at=moment(one.touched_at), stage=render(Message(one.stage)), progress=progress).strip())
    command_line(one.target)
    if one.repeats:
        out.print(_("Nothing had changed: {package} was handed out again.").format(package=one.repeats))
    if one.redaction_of:
        out.print(_("Made for outsiders from {package}.").format(package=one.redaction_of))
    if document is None:
        return
    _contents(document)
    _supersedes(document["supersedes"])
    _left_out(document["left_out"])
    out.print(_("SHA-256 of the sealed tag manifest:"))
    command_line(one.tagmanifest_sha256)


def exported_document(made: Exported) -> dict[str, Any]:
    """What `--json` says of a package just made."""
    return {
        "package": made.package,
        "target": made.target,
        "again": made.again,
        "as_of": made.as_of.isoformat(),
        "checkpoint": made.document["checkpoint"],
        "tagmanifest_sha256": made.tagmanifest_sha256,
        "fingerprint": made.fingerprint,
        "bytes": made.bytes,
        "files": made.document["files"],
        "rows": made.document["rows"],
        "missing": dict(made.missing),
        "left_out": made.document["left_out"],
        "supersedes": made.document["supersedes"],
    }


def package_document(one: PackageFacts) -> dict[str, Any]:
    """What `--json` says of a package on record."""
    return {
        "package": one.id,
        "state": one.state,
        "filters": json.loads(one.scope),
        "language": one.language,
        "purpose": one.purpose,
        "exported_by": one.exported_by,
        "ordered_at": one.ordered_at.isoformat(),
        "exported_at": one.exported_at.isoformat() if one.exported_at else None,
        "target": one.target,
        "tagmanifest_sha256": one.tagmanifest_sha256,
        "checkpoint_size": one.checkpoint_size,
        "supersedes": one.supersedes,
        "repeats": one.repeats,
        "redaction_of": one.redaction_of,
        "bytes": one.bytes,
        "stage": one.stage,
        "done": one.done,
        "total": one.total,
    }


def _state(one: PackageFacts) -> str:
    return _STATES[one.state]() if one.state in _STATES else one.state


def _asked(one: PackageFacts) -> str:
    filters = json.loads(one.scope)
    words = [", ".join(value) if isinstance(value, list) else str(value) for value in filters.values()]
    return " · ".join(words) or _("the whole record")


def _size(size: int) -> str:
    if size >= _MEGABYTE:
        return f"{number(round(size / _MEGABYTE))} MB"
    return f"{number(-(-size // 1024))} KB"
