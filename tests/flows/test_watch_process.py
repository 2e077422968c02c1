"""The watch as the process that `bangiao up` starts: it pings while all is well, stops pinging when something stands
still, and ends when it is asked to."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from prefect_office import wait_for
from receivers import Receiver, http_receiver
from sqlalchemy import delete

from bangiao.heartbeats import sign_of_life
from bangiao.settings import Settings, child_environment
from bangiao.wiring import wire
from checklists.escalation.watching import RELAY, REVIEWS, SENDER
from db.notice_models import HeartbeatRow
from db.session import begin_write


def test_the_process_pings_while_all_is_well_and_not_when_the_sender_is_gone(
    sqlite_databases: object, tmp_path: Path
) -> None:
    url = sqlite_databases.copy(tmp_path)  # type: ignore[attr-defined]
    receiver = Receiver()
    with http_receiver(receiver) as server:
        settings = replace(
            Settings(data_dir=tmp_path, database_url=url),
            dead_man_url=f"{server.url}/ping",
            allowed_targets=frozenset({"127.0.0.0/8"}),
            watch_every=timedelta(seconds=0.3),
        )
        wiring = wire(settings)
        for part in (SENDER, RELAY, REVIEWS):
            sign_of_life(wiring, part)
        command = [sys.executable, "-m", "flows.engine.watch_process"]
        with subprocess.Popen(command, env=child_environment(settings), stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(lambda: len(receiver.requests) >= 2, saying="two pings")
                with begin_write(wiring.engine) as connection:
                    connection.execute(delete(HeartbeatRow).where(HeartbeatRow.part == SENDER))
                time.sleep(1)  # a round that had begun may still ping
                before = len(receiver.requests)
                time.sleep(1.5)
                assert len(receiver.requests) == before
                process.send_signal(signal.SIGTERM)
                assert process.wait(20) == 0
            finally:
                process.kill()
        wiring.engine.dispose()
