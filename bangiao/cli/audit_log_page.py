"""What the commands of the log print."""

from __future__ import annotations

from typing import Any

from bangiao.audit_erasure import Erasure
from bangiao.audit_verification import Verified
from bangiao.cli.output import heading, number, out, table
from bangiao.i18n import _, render


def verified_page(verified: Verified, given: int) -> None:
    told = {"size": number(verified.size), "checkpoints": number(verified.checkpoints), "given": number(given)}
    words = _(
        "{size} entries were hashed anew and compared with {checkpoints} checkpoints on record"
        " and {given} from outside."
    )
    out.print(words.format(**told))
    if verified.root is not None:
        out.print(_("Root: {root}").format(root=verified.root.hex()), style="dim", soft_wrap=True)
    if not verified.total:
        out.print(_("The log is what was signed."), style="green")
        if not verified.checkpoints and not given:
            out.print(_("Nothing was signed yet; sign it with: bangiao audit checkpoint"), style="yellow")
        return
    out.print()
    heading(_("{count} findings").format(count=number(verified.total)))
    for one in verified.findings:
        out.print(f"✗ {render(one.what)}", style="red", soft_wrap=True)
    if verified.total > len(verified.findings):
        out.print(_("… and {left} more").format(left=number(verified.total - len(verified.findings))))


def verified_document(verified: Verified) -> dict[str, Any]:
    return {
        "size": verified.size,
        "root": verified.root.hex() if verified.root is not None else None,
        "checkpoints": verified.checkpoints,
        "sound": not verified.total,
        "total": verified.total,
        "findings": [
            {
                "kind": one.wrong.value,
                "first": one.first,
                "last": one.last,
                "event": one.event or None,
                "size": one.size,
                "what": {language: render(one.what, language) for language in ("vi", "en")},
            }
            for one in verified.findings
        ],
    }


def proof_page(proof: dict[str, Any]) -> None:
    document = proof["document"]
    heading(_("Entry {index} of {size}").format(index=number(proof["index"]), size=number(proof["size"])))
    shown = table(_("Field"), _("Value"))
    for name in ("type", "id", "occurred_at", "subject", "decision", "step"):
        if name in document:
            shown.add_row(name, str(document[name]))
    for name in document["sealed"]:
        one = proof["disclosures"].get(name)
        shown.add_row(name, str(one["value"]) if one else _("(erased)"))
    out.print(shown)
    out.print(_("Leaf: {hash}").format(hash=proof["leaf_hash"]), soft_wrap=True)
    for one in proof["path"]:
        out.print(f"  + {one}", soft_wrap=True, style="dim")
    out.print(_("Root: {root}").format(root=proof["root"]), soft_wrap=True)
    if proof["checkpoint"]:
        out.print()
        out.print(proof["checkpoint"], soft_wrap=True, end="")
    else:
        out.print(_("No checkpoint of exactly this size was signed; --size takes that of one."), style="dim")


def erased_page(done: Erasure, field: str) -> None:
    at = done.entry
    words = _("{field} of entry {index} ({event}) is erased. Its commitment stays, so the log can still be verified.")
    out.print(words.format(field=field, index=at.index, event=at.event.id))
    if not done.swept:
        out.print(
            _("Free places in the database's files may still hold it, since others were at work: run VACUUM on it."),
            style="yellow",
        )
    out.print(
        _("Look yourself for the same value in other events, files, backups, and packages that were handed out."),
        style="yellow",
    )
