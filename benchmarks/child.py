"""Measures that want a process of their own: peak memory, and what another writer waits. Answers in JSON.

`python -m benchmarks.child JOB ARGUMENT`, with the settings in the environment.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any

from sqlalchemy import text

from bangiao.settings import Settings, child_environment, load_settings
from bangiao.wiring import wire
from benchmarks.databases import open_all
from checklists.package.scope import Scope
from db.session import begin_write

_ROOT = Path(__file__).parents[1]
_PAUSE = 0.02
_HANOI = "1656/NQ-UBTVQH15"


def in_a_child(settings: Settings, job: str, argument: int) -> dict[str, float]:
    """Run the job to its end."""
    done = subprocess.run(_command(job, argument), **_where(settings), check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


@contextmanager
def beside(settings: Settings, job: str) -> Iterator[dict[str, float]]:
    """Run the job while the block runs; its answer is in the dictionary afterwards."""
    answer: dict[str, float] = {}
    with subprocess.Popen(_command(job, 0), stdin=subprocess.PIPE, **_where(settings)) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it is at work
        yield answer
        answer.update(json.loads(child.communicate()[0]))


def _command(job: str, argument: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.child", job, str(argument)]


def _where(settings: Settings) -> dict[str, Any]:
    return {"env": child_environment(settings), "cwd": _ROOT, "stdout": subprocess.PIPE, "text": True}


def opening_memory(decisions: int) -> dict[str, float]:
    """MiB over the imports at the highest point of opening all decisions."""
    imported = memory("VmRSS")
    open_all(wire(), decisions)
    return {"imported": imported, "over": memory("VmHWM") - imported}


def packaging_memory(one_decision: int) -> dict[str, float]:
    """Everything on record in one package, or Hà Nội's decision: how long it takes, and MiB over the imports at the
    highest point."""
    from benchmarks.packaging import export_everything  # noqa: PLC0415 - it asks this module in turn

    imported = memory("VmRSS")
    answer = export_everything(load_settings(), Scope(decision=_HANOI) if one_decision else Scope())
    return {**answer, "over": memory("VmHWM") - imported}


def waits(_argument: int) -> dict[str, float]:
    """A tiny write every 20 ms until our input ends; how long each took, in milliseconds."""
    engine, stop, took = wire().engine, Event(), list[float]()

    def write() -> None:
        while not stop.wait(_PAUSE):
            began = time.perf_counter()
            with begin_write(engine) as connection:
                connection.execute(text("UPDATE number_block SET next = next WHERE series = 'decision'"))
            took.append((time.perf_counter() - began) * 1000)

    writer = Thread(target=write)
    writer.start()
    print("ready", flush=True)
    sys.stdin.read()
    stop.set()
    writer.join()
    return {"longest": max(took), "p99": quantiles(took, n=100)[98], "median": median(took), "writes": len(took)}


def memory(what: str) -> float:
    """MiB of this process: VmRSS now, VmHWM at its highest."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


if __name__ == "__main__":
    jobs = {one.__name__: one for one in (opening_memory, packaging_memory, waits)}
    print(json.dumps(jobs[sys.argv[1]](int(sys.argv[2]))))
