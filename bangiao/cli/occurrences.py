"""Opening the next time of duties that come back, by hand: what the nightly flow does."""

from __future__ import annotations

from bangiao.cli.output import AsJson, number, out, print_json, progress_bar
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.occurrences import chunks_due, open_chunks_due
from bangiao.wiring import wire


def open_due(*, as_json: AsJson = False) -> None:
    """Open the next time of every duty whose period has ended."""
    wiring = wire()
    make_ready(wiring)
    chunks = chunks_due(wiring)
    with progress_bar(_("Duties that come back"), sum(map(len, chunks)), shown=not as_json) as advance:
        report = open_chunks_due(wiring, chunks, told=advance)
    if as_json:
        print_json({"duties": report.duties, "opened": report.opened})
    elif not report.duties:
        out.print(_("No period has ended since the last time: nothing to open."))
    else:
        said = _("{opened} steps were opened for {duties} duties whose period has ended.")
        out.print(said.format(opened=number(report.opened), duties=number(report.duties)))
