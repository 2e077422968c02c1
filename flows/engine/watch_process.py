"""The watch as a process of its own: it lives when Prefect, workers and sender do not, and imports none of them.

`bangiao up` → `flows.engine.stack` → **here** → `bangiao.watching`.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading

from bangiao.lifeline import hold_on_to_parent
from bangiao.watching import Watch
from bangiao.wiring import wire


def main(arguments: list[str]) -> int:
    if "--lifeline" in arguments:
        hold_on_to_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    Watch(wire()).run(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
