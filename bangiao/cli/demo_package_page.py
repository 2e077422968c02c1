"""The demonstration's package, told: what is in it, the commands that check it, and one byte changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.text import Text

from bangiao.cli.evidence_pages import exported_page
from bangiao.cli.output import heading, out
from bangiao.demo_package import Said, checked, missing_tools, spoilt, unit_package
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.units import UnitKey


def package_page(wiring: Wiring, unit: UnitKey) -> dict[str, Any]:
    """Make it, check it, spoil a copy, check that; gives what came of it as plain data."""
    out.print()
    heading(_("What an auditor takes away"))
    made = unit_package(wiring, unit)
    exported_page(made, wiring.settings)
    if lacking := missing_tools():
        out.print(_("Not checked here, since this machine has no {tools}.").format(tools=", ".join(lacking)))
        return {"package": made.package, "checked": None}
    certificate = wiring.settings.sealing_package_certificate
    out.print()
    out.print(_("Checked with what every machine has, not with this program:"))
    good = _told(made.target, certificate)
    copy, before, after = spoilt(made.target)
    words = _("Now somebody changes one digit in a copy, in data/steps.jsonl: {before} becomes {after}.")
    out.print()
    out.print(words.format(before=before, after=after))
    caught = not all(one.good for one in _told(copy, certificate))
    if caught:
        words = _("Caught. Whoever corrects the manifest too breaks the next one, and the seal is not theirs to make.")
        out.print(words, style="green")
    return {"package": made.package, "checked": all(one.good for one in good), "caught": caught}


def _told(package: Path, certificate: Path) -> list[Said]:
    said = list(checked(package, Path(os.path.relpath(certificate, package))))
    for one in said:
        mark = Text(" ✓ " if one.good else " ✗ ", "green" if one.good else "bold red")
        out.print(Text.assemble(mark, (one.command, "")), soft_wrap=True)
        if not one.good:
            out.print(f"     {one.words}", style="red", soft_wrap=True)
    return said
