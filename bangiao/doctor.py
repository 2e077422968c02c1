"""Is this installation sound? Every check by its turn, and what may be put right without asking anybody.

operator → **doctor** → `bangiao.health` → findings, with what to do about each. What cannot be checked says why; one
check that fails stops no other, but where there is no database, or another schema, the rest waits for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.exc import DBAPIError

from bangiao.health import environment, files, log, packages, people, proof, record, subscriptions, watching
from bangiao.health.checks import Area, Check, Examined, Health, Look, Verdict
from bangiao.settings import BadSetting
from checklists.errors import HandoverError
from checklists.messages import Message

CHECKS: tuple[Check, ...] = (
    *environment.CHECKS,
    *record.CHECKS,
    *watching.CHECKS,
    *subscriptions.CHECKS,
    *log.CHECKS,
    *proof.CHECKS,
    *files.CHECKS,
    *packages.CHECKS,
    *people.CHECKS,
)

_FIRST = (environment.DATABASE, environment.SCHEMA)
"""Where one of these is not sound, the checks after it have nothing to look at."""


def examine(look: Look) -> Iterator[Examined]:
    """Every check by its turn, in the order of `CHECKS`; the deep ones only on a deep look."""
    without: Examined | None = None
    for check in CHECKS:
        if check.deep and not look.deep:
            continue
        if without is not None:
            yield _skipped(check, without)
            continue
        examined = _examined(check, look)
        if check in _FIRST and examined.health is not Health.SOUND:
            without = examined
        yield examined


def ready(look: Look) -> bool:
    """Whether there is a record to look at, and to repair."""
    return all(_examined(check, look).health is Health.SOUND for check in _FIRST)


def _skipped(check: Check, without: Examined) -> Examined:
    why = Message("Not looked at, because of: {title}.", {"title": without.check.title})
    return Examined(check, Health.SKIPPED, why=why)


def _examined(check: Check, look: Look) -> Examined:
    try:
        verdict = check.look(look)
    except HandoverError as error:
        return Examined(check, Health.UNCHECKED, why=error.message)
    except Exception as error:
        return Examined(check, Health.UNCHECKED, why=_reason(error))
    return Examined(check, _health(check, verdict), verdict)


def _health(check: Check, verdict: Verdict) -> Health:
    if not verdict.total:
        return Health.SOUND
    return Health.WRONG if check.grave else Health.ATTENTION


def _reason(error: Exception) -> Message:
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    told = {"kind": type(error).__name__, "why": said[0] if said else "–"}
    return Message("It could not be checked ({kind}: {why}).", told)


def unreadable(error: BadSetting) -> list[Examined]:
    """What there is to say where the settings cannot be read: nothing else can be looked at."""
    first = Examined(CHECKS[0], Health.UNCHECKED, why=error.message)
    return [first, *(_skipped(check, first) for check in CHECKS[1:] if not check.deep)]


def sound(examined: Iterable[Examined]) -> bool:
    return all(one.health is Health.SOUND for one in examined)


def unchecked(examined: Sequence[Examined]) -> bool:
    """Whether something could not be looked at, other than because of a finding."""
    return any(one.health is Health.UNCHECKED for one in examined)


def areas(examined: Sequence[Examined]) -> Iterator[tuple[Area, list[Examined]]]:
    """By area, in order."""
    for area in Area:
        if inside := [one for one in examined if one.check.area is area]:
            yield area, inside
