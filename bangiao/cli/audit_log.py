"""The log itself: verified, signed, proved, its keys, and one value erased. `bangiao audit verify|checkpoint|…`."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from bangiao.audit_erasure import erase as erase_value
from bangiao.audit_erasure import found_entry
from bangiao.audit_keys import keys_path, make_keys, verifier_keys
from bangiao.audit_log import ASKED, make_checkpoint, sequence_now
from bangiao.audit_proof import prove
from bangiao.audit_stamps import stamp_newest
from bangiao.audit_verification import verify_log
from bangiao.cli.audit_log_page import erased_page, proof_page, verified_document, verified_page
from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import AsJson, By, err, out, print_json, progress_bar
from bangiao.i18n import _, render
from bangiao.installation import make_ready
from bangiao.wiring import Wiring, wire
from checklists.audit.checkpoint import NotACheckpoint, SignedCheckpoint, VerifierKey, parse_checkpoint
from checklists.errors import BadInput, HandoverError
from checklists.messages import Message
from db.audit_log import log_size
from db.session import begin_read
from evidence.signing.file_key import read_public_keys

_LARGEST = 1 << 20
_LONGEST_SIZE, _ROOT_BYTES = 18, 32

Entry = Annotated[str, Parameter(name="ENTRY", help=_("An event's id, or its place in the log (a number from 0)."))]


class CheckpointUnreadable(BadInput):
    """{file} holds no checkpoint: {why}"""


class RootUnreadable(BadInput):
    """ "{text}" is not SIZE:ROOT, a number of entries and a root in base64, as letters to the committee give them."""


def add_to_audit(app: App) -> None:
    """The commands of the log, beside `show`."""
    app.command(verify, help=_("Work out every hash of the log anew and compare it with what was signed."))
    app.command(checkpoint, help=_("Sign the log as it is now, and print the checkpoint to be kept elsewhere."))
    app.command(proof, help=_("One entry with the proof that it is in the log, as JSON."))
    app.command(keys, help=_("Make the key that signs checkpoints, or show the public ones."))
    app.command(erase, help=_("Erase one value of one event for good, for a legal reason; the log stays true."))


def verify(
    *,
    checkpoint: Annotated[
        tuple[Path, ...],
        Parameter(negative=(), help=_("A checkpoint kept elsewhere (from a letter, a package); may be given again.")),
    ] = (),
    root: Annotated[
        tuple[str, ...], Parameter(negative=(), help=_("SIZE:ROOT as a letter gave it; may be given again."))
    ] = (),
    public_key: Annotated[
        Path | None, Parameter(help=_("Public keys, one line NAME+ID+KEY each; this installation's own if not given."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    given, roots = [_read(file) for file in checkpoint], [_read_root(text) for text in root]
    keys = _keys(wiring, public_key)
    with begin_read(wiring.engine) as connection:
        size = log_size(connection)
    with progress_bar(_("Entries"), size, shown=not as_json) as advance:
        verified = verify_log(
            wiring.engine,
            keys,
            wiring.now(),
            given=given,
            roots=roots,
            window=wiring.settings.checkpoint_period,
            advance=advance,
        )
    if as_json:
        print_json(verified_document(verified))
    else:
        verified_page(verified, len(given) + len(roots))
    if verified.total:
        raise FoundWanting


def _keys(wiring: Wiring, file: Path | None) -> list[VerifierKey]:
    if file is not None:
        return read_public_keys(file)
    return verifier_keys(wiring.settings) if keys_path(wiring.settings).exists() else []


def _read(file: Path) -> SignedCheckpoint:
    try:
        with file.open("rb") as opened:
            return parse_checkpoint(opened.read(_LARGEST).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CheckpointUnreadable(file=file, why=Message("it is not text in UTF-8")) from error
    except NotACheckpoint as error:
        raise CheckpointUnreadable(file=file, why=error.message) from error


def _read_root(text: str) -> tuple[int, bytes]:
    size, _colon, encoded = text.strip().partition(":")
    try:
        root = b64decode(encoded, validate=True)
    except ValueError as error:
        raise RootUnreadable(text=text) from error
    if not (size.isascii() and size.isdigit() and len(size) <= _LONGEST_SIZE and len(root) == _ROOT_BYTES):
        raise RootUnreadable(text=text)
    return int(size), root


def checkpoint(*, as_json: AsJson = False) -> None:
    wiring = _ready()
    made = make_checkpoint(wiring, ASKED)
    try:
        stamped = stamp_newest(wiring)
    except HandoverError as error:
        stamped = False
        err.print(render(error.message), style="yellow")
    if as_json:
        document = {"size": made.size, "root": made.root.hex(), "made_at": made.made_at.isoformat(), "text": made.text}
        print_json(document | {"stamped": stamped})
        return
    print(made.text, end="")
    err.print(_("Keep these lines where nobody who runs this installation can change them."), style="dim")


def proof(
    entry: Entry,
    /,
    *,
    size: Annotated[int | None, Parameter(help=_("In the log of so many entries; as it is now if not given."))] = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    found = prove(wiring, found_entry(wiring, entry), size)
    if as_json:
        print_json(found)
    else:
        proof_page(found)


def keys(
    *,
    name: Annotated[
        str | None,
        Parameter(help=_("What the log is called, e.g. bangiao/so-noi-vu; chosen once, with the first key.")),
    ] = None,
    new: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Make a key although there are public ones already."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    settings = wire().settings
    path = keys_path(settings)
    made = make_keys(settings, name) if new or name or not path.exists() else None
    known = verifier_keys(settings)
    if as_json:
        print_json({"made": made is not None, "file": path, "keys": [str(one) for one in known]})
        return
    if made is not None:
        out.print(_("A key that signs checkpoints of {name} is ready.").format(name=made.name))
        out.print(_("Its public half, for whoever checks them ({file}):").format(file=path), soft_wrap=True)
    for one in known:
        out.print(f"  {one}", soft_wrap=True)


def erase(
    entry: Entry,
    field: Annotated[str, Parameter(name="FIELD", help=_("actor, on_behalf_of, request, payload.NAME …"))],
    /,
    *,
    basis: Annotated[str, Parameter(help=_("The legal basis, e.g. a decision's number."))] = "",
    reason: Annotated[str, Parameter(help=_("Why; kept on record."))] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    done = erase_value(wiring, entry, field, basis, reason, by or wiring.settings.actor)
    sequence_now(wiring)
    if as_json:
        print_json({"index": done.entry.index, "event": done.entry.event.id, "field": field, "swept": done.swept})
    else:
        erased_page(done, field)


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring
