"""The sender as a process of its own: messages leave while Prefect is away, and whatever a server does to its threads.

`bangiao up` → `flows.engine.stack` → **here** → `bangiao.delivery_sender`, and beside it `bangiao.event_delivery`, by
which other systems are told of events. Needs no Prefect.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading

from bangiao.delivery_sender import Sender
from bangiao.event_delivery import EventDelivery
from bangiao.lifeline import hold_on_to_parent
from bangiao.wiring import wire


def main(arguments: list[str]) -> int:
    if "--lifeline" in arguments:
        hold_on_to_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    wiring = wire()
    events = threading.Thread(target=EventDelivery(wiring).run, args=(stop,), name="events")
    events.start()
    try:
        Sender(wiring).run(stop)
    finally:
        stop.set()
        events.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
