"""What may be put right without asking anybody: nothing is deleted that somebody may want, nothing is decided.

Open needs are counted again, files without a row go to a quarantine folder, files that are missing and lie there come
back, and what crashed uploads left is removed after a day. What was done goes on record, in one event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bangiao.health.checks import Look
from bangiao.health.files import OLD_LEFTOVER, QUARANTINE, fresh, in_quarantine, unnamed
from bangiao.health.packages import remove_old_workshops
from bangiao.health.record import name_of
from checklists.events import INSTALLATION_REPAIRED, STEP_UNLOCKED, STEP_WAITS_AGAIN, Event
from checklists.steps import StepState
from db.findings_proof import recorded_files
from db.repairs import Recounted, recount
from evidence.incoming import sync_folder
from evidence.store import EvidenceStore

_FILES_TOLD = 1000
_BECAUSE = "bangiao doctor --repair"


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done: steps counted again, digests moved to quarantine and brought back, leftovers removed."""

    recounted: Sequence[str] = ()
    quarantined: Sequence[str] = ()
    brought_back: Sequence[str] = ()
    leftovers: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.recounted or self.quarantined or self.brought_back or self.leftovers)


def repair(look: Look, actor: str) -> Repaired:
    """Put right what is safe to put right. Files first, then the record with the event: a crash in between leaves
    nothing to undo, and the next repair has nothing left to move."""
    store = look.store
    back = _bring_back(look, store)
    moved = _quarantine(look, store)
    removed = len(store.remove_leftovers(OLD_LEFTOVER, look.wiring.now()))
    removed += len(remove_old_workshops(look.wiring.settings, look.wiring.now()))
    with look.wiring.unit_of_work() as uow:
        steps = recount(uow.connection)
        done = Repaired([name_of(one.step) for one in steps], moved, back, removed)
        if done.anything:
            run = uuid4().hex
            uow.record(_events(look, done, steps, actor, run))
    return done


def _events(look: Look, done: Repaired, steps: Sequence[Recounted], actor: str, run: str) -> list[Event]:
    payload = {
        "recounted": [
            {"step": name_of(one.step), "needs": [one.step.found, one.step.right], "state": [one.step.state, one.state]}
            for one in steps[:_FILES_TOLD]
        ],
        "quarantined": list(done.quarantined[:_FILES_TOLD]),
        "brought_back": list(done.brought_back[:_FILES_TOLD]),
        "counts": {
            "recounted": len(done.recounted),
            "quarantined": len(done.quarantined),
            "brought_back": len(done.brought_back),
            "leftovers": done.leftovers,
        },
    }
    told = [_step_event(look, one, actor, run) for one in steps if one.state != one.step.state]
    now = look.wiring.now()
    whole = Event(f"{INSTALLATION_REPAIRED}:{run}", INSTALLATION_REPAIRED, now, actor, "bangiao", payload, request=run)
    return [whole, *told]


def _step_event(look: Look, one: Recounted, actor: str, run: str) -> Event:
    """A step that waits no more, or again, is told like any other."""
    kind = STEP_UNLOCKED if one.state == StepState.READY else STEP_WAITS_AGAIN
    payload = {
        "step": name_of(one.step),
        "reason": _BECAUSE,
        "because": _BECAUSE,
        "before": {"state": one.step.state},
        "after": {"state": one.state, "version": one.version},
    }
    event_id = f"{kind}:{one.step.id}:{one.version}"
    unit = one.step.unit or ""
    return Event(event_id, kind, look.wiring.now(), actor, unit, payload, step_id=one.step.id, request=run)


def _bring_back(look: Look, store: EvidenceStore) -> list[str]:
    """Files on record that are not in the store and lie in quarantine, unharmed."""
    with look.record() as connection:
        missing = {one.digest for one in recorded_files(connection) if not store.path(one.digest).exists()}
    back = []
    for digest in sorted(missing):
        lies = in_quarantine(store, digest)
        if lies is not None and _unharmed(lies, digest):
            _move(lies, store.path(digest))
            back.append(digest)
    return back


def _unharmed(file: Path, digest: str) -> bool:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == digest


def _quarantine(look: Look, store: EvidenceStore) -> list[str]:
    """Move away what no row names. Somebody may attach the same content at this moment: what turns out to have come
    just now goes back at once."""
    old, _ = unnamed(look)
    moved, now = [], look.wiring.now()
    folder = store.folder / QUARANTINE / f"{look.wiring.today():%Y-%m-%d}"
    for file in old:
        place = folder / file.name
        if not file.exists():
            continue
        _move(file, place)
        if fresh(place, now):
            if not file.exists():
                _move(place, file)
            continue
        moved.append(file.name)
    return moved


def _move(file: Path, place: Path) -> None:
    """Within one file system, and so that a power cut leaves it in one of the two places."""
    place.parent.mkdir(parents=True, exist_ok=True)
    file.rename(place)
    for folder in (place.parent, file.parent):
        sync_folder(folder)
