"""The pages as a process of their own: `bangiao up` starts it (`flows.engine.stack`), by its name alone."""

from __future__ import annotations

import logging
import sys

from bangiao.i18n import render
from bangiao.lifeline import hold_on_to_parent
from bangiao.wiring import wire
from web.server import CannotListen, listening, serve


def main(arguments: list[str]) -> int:
    """With --lifeline, standard input is a pipe from the process that started this one, and its end is ours."""
    if "--lifeline" in arguments:
        hold_on_to_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    wiring = wire()
    try:
        serve(wiring, listening(wiring.settings.web_host, wiring.settings.web_port))
    except CannotListen as refused:
        logging.getLogger("web").error("%s", render(refused.message))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
