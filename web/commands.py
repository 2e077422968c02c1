"""`bangiao web`: the pages alone, for an installation that has them on a machine of their own."""

from __future__ import annotations

from bangiao.cli.output import err
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import wire
from web.app import create_app
from web.server import address_of, listening, serve_app


def web() -> None:
    """Serve until stopped."""
    wiring = wire()
    if make_ready(wiring):
        err.print(_("The database was set up with the national register."))
    app = create_app(wiring)  # before an address is said: wrong settings stop here
    door = listening(wiring.settings.web_host, wiring.settings.web_port)
    err.print(_("Pages: {url}").format(url=address_of(door)))
    err.print(_("Stop with Ctrl-C."))
    serve_app(app, wiring, door)
