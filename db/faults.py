"""Named places where a rehearsal may end the process at once, as a power cut would: SIGKILL, nothing is cleaned up.

Nothing happens unless a point is armed (setting `fault`, `NAME` or `NAME:NTH`). The tests kill at every point and run
again; an office may do the same on a copy of its installation before it trusts it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

POINTS: Mapping[str, str] = {
    "commit.before": "a writer's transaction is complete and not committed",
    "commit.after": "it is committed, and nobody was told",
    "opening.claimed": "a chunk of checklists is claimed, none of its rows is in",
    "opening.checklists": "its checklists are in, their steps are not",
    "opening.steps": "its steps are in, their needs are not",
    "opening.needs": "its needs are in, its events are not",
    "opening.events": "all its rows are in",
    "evidence.receiving": "a part of an evidence file is written, under a passing name",
    "evidence.written": "all of it is on disk, under the passing name",
    "evidence.named": "it has its name, which may not be on disk yet",
    "evidence.kept": "the file is kept, and no row knows it",
    "outbox.handed-over": "a consumer has the event, and our record does not say so",
    "outbox.acknowledged": "our record says so",
    "notice.planned": "notices have joined a delivery, and it is not committed",
    "notice.claimed": "a delivery is claimed, nothing of it was sent",
    "notice.sent": "the other side has the message, and our record does not say so",
    "notice.recorded": "our record says so",
    "event.sent": "a subscriber has the event, and our record does not say so",
    "event.recorded": "our record says so",
    "audit.hashed": "events that wait are hashed, none of their entries is in",
    "audit.entries": "their entries are in, the subtrees they complete are not",
    "audit.sequenced": "all is in and the events wait no longer, and it is not committed",
    "audit.signed": "a checkpoint is signed, and nobody knows it",
    "audit.erased": "an erasure is on record and the value is gone, and it is not committed",
    "package.staged": "all facts and files of a package are prepared, it has no manifest",
    "package.sealed": "it is sealed and its digest on record; there is nothing at the target",
    "package.placed": "it is at its target, and no event tells of it",
    "package.recorded": "the event tells of it, what was prepared is still there",
}
"""Each point and what is true there."""


@dataclass(slots=True)
class _Armed:
    name: str = ""
    left: int = 0


_armed = _Armed()


def parse_fault(text: str) -> tuple[str, int]:
    """`NAME` or `NAME:NTH` as name and number, from 1. Raises ValueError with what would be right."""
    name, _, nth = text.partition(":")
    if name not in POINTS:
        raise ValueError(f"one of {', '.join(POINTS)}")
    if nth and not (nth.isascii() and nth.isdigit() and int(nth) > 0):
        raise ValueError("a whole number from 1 after the colon")
    return name, int(nth or 1)


def arm(fault: tuple[str, int] | None) -> None:
    """From now on the process ends when it comes to this point for the nth time; None: nowhere."""
    _armed.name, _armed.left = fault or ("", 0)


def faultpoint(name: str) -> None:
    """Die here, if this is the armed point and the time has come."""
    if name != _armed.name:
        return
    _armed.left -= 1
    if _armed.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
