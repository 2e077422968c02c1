"""A child's hold on its parent: when the pipe on standard input closes, the parent has ended, and the child follows."""

from __future__ import annotations

import os
import signal
import threading
import time

GRACE = 10.0


def hold_on_to_parent() -> None:
    """Stop this process (politely, then for certain) when the parent is gone, also when it was killed."""
    threading.Thread(target=_follow, name="lifeline", daemon=True).start()


def _follow() -> None:
    while os.read(0, 1):  # not sys.stdin: its lock would be missed at interpreter shutdown
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
