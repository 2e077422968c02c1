"""The sender as a process of its own: messages leave while Prefect is away, and whatever a server does to its threads.

`bangiao up` → `flows.engine.stack` → **here** → `bangiao.delivery_sender`. Needs no Prefect.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading

from bangiao.delivery_sender import Sender
from bangiao.lifeline import hold_on_to_parent
from bangiao.wiring import wire


def main(arguments: list[str]) -> int:
    if "--lifeline" in arguments:
        hold_on_to_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    Sender(wire()).run(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
