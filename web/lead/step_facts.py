"""What a step's page shows: the step and its proof, what it waits for, who was told, what may be done, its history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.calendar_in_force import calendar_on
from bangiao.i18n import language_in_force, render
from bangiao.step_sheet import StepSheet, read_sheet
from bangiao.wiring import Wiring
from checklists.escalation.ladder import Audience, audience_words
from checklists.history import SHORT_HASH, Entry, changes, proofs, reason, sentence
from checklists.steps import OPEN, SETTLED, Claim, StepState
from checklists.units import UnitKey
from db.history import Scope, entries
from db.history_names import KnownNames, here
from db.people import substitutions_of
from db.reach import roles_over
from db.register import SqlRegister
from db.session import begin_read
from db.step_surroundings import (
    NearStep,
    levels_spoken,
    needed_by_steps,
    steps_needing,
    words_given,
)
from web.dates import parts_of
from web.guard import Signed
from web.lead.offers import hats_of, offers
from web.lead.receipts import code, receipt
from web.lead.rows import standing

PICTURES = frozenset({"image/jpeg", "image/png"})
"""What a browser shows by itself and nothing can hide in; everything else is only handed out."""


def step_facts(wiring: Wiring, signed: Signed, step: int, receipt_named: str = "") -> dict[str, Any]:
    """Everything on the page of a step; also when something that was asked for is refused."""
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        sheet = read_sheet(connection, wiring, step)
        held = sheet.held
        names = KnownNames(connection)
        hats = hats_of(connection, signed, held.holder, today)
        calendar = calendar_on(connection)
        shown = {
            "units": _names(connection, wiring, {held.unit, held.holder}),
            "reachable": _reachable(connection, wiring, signed, sheet),
            "waits_for": _near(connection, wiring, needed_by_steps(connection, [step])),
            "needed_by": _near(connection, wiring, steps_needing(connection, step)),
            "offers": offers(sheet, hats, signed.account),
            "ack_hats": hats,
            "evidence": [_piece(one, names) for one in sheet.evidence],
            "verifications": [_yes(one, names) for one in sheet.verifications],
            "levels": [_level(one) for one in levels_spoken(connection, step)],
            "words_given": words_given(connection, step),
            "history": list(_history(connection, step, names)),
            "receipt": receipt(connection, step, receipt_named),
        }
    state = held.step.state
    return (
        shown
        | {
            "sheet": sheet,
            "step": held.step,
            "template": held.template,
            "is_open": state in OPEN,
            "is_settled": state in SETTLED,
            "says_not_applicable": held.step.claim is Claim.NOT_APPLICABLE and state is StepState.SUBMITTED,
            "standing": standing(state, held.due_on, today, calendar),
            "because": sheet.due_because[0 if language_in_force() == "vi" else 1],
            "once": uuid4().hex,
            "today_parts": parts_of(today),
        }
        | nothing_refused()
    )


def nothing_refused() -> dict[str, Any]:
    """What a page shows of a refusal when there is none."""
    return {"refusals": [], "refused_act": "", "typed": {}, "typed_days": {}, "kept_files": [], "typed_once": ""}


def _names(connection: Connection, wiring: Wiring, keys: set[UnitKey]) -> dict[str, str]:
    register = SqlRegister(connection, wiring.today(), keys)
    return {key: unit.name if (unit := register.unit(key)) else key for key in keys}


def _reachable(connection: Connection, wiring: Wiring, signed: Signed, sheet: StepSheet) -> frozenset[str]:
    """Of the units that owe a step beside this one, those whose steps the reader may open."""
    today = wiring.today()
    absent = [
        one.absent for one in substitutions_of(connection, signed.account, today) if one.substitute == signed.account
    ]
    units = {sheet.held.unit, sheet.held.holder, *(one.unit for one in (*sheet.needs, *sheet.needing))}
    return frozenset(
        unit for unit in units if any(roles_over(connection, one, unit, today) for one in (signed.account, *absent))
    )


def _near(connection: Connection, wiring: Wiring, steps: Iterable[NearStep]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "title": title_of(connection, wiring, one.template_hash, one.key),
            "counterpart": one.counterpart,
            "state": StepState(one.state),
            "is_open": StepState(one.state) in OPEN,
            "due_on": one.due_on,
            "unit": one.unit,
            "unit_name": one.unit_name,
        }
        for one in steps
    ]


def title_of(connection: Connection, wiring: Wiring, template_hash: str, key: str) -> str:
    """A step's title in the reader's language; its key where no version of the template knows it."""
    template = wiring.shelf.steps(connection, template_hash).get(key)
    return str(getattr(template.title, language_in_force())) if template else key


def _piece(one: Any, names: KnownNames) -> dict[str, Any]:
    said: dict[str, Any] = one._asdict()
    by, absent = names.person(one.added_by), one.on_behalf_of and names.person(one.on_behalf_of)
    withdrawn_by = one.withdrawn_by and names.person(one.withdrawn_by)
    picture = one.kind == "file" and one.media_type in PICTURES
    return said | {"by": by, "for": absent, "withdrawn_by": withdrawn_by, "picture": picture}


def _yes(one: Any, names: KnownNames) -> dict[str, Any]:
    said: dict[str, Any] = one._asdict()
    return said | {"by": names.person(one.given_by), "for": one.on_behalf_of and names.person(one.on_behalf_of)}


def _level(one: Any) -> dict[str, Any]:
    said: dict[str, Any] = one._asdict()
    return said | {"to": render(audience_words(Audience(one.audience)))}


def _history(connection: Connection, step: int, names: KnownNames) -> Iterable[dict[str, Any]]:
    scope = Scope(step=step)
    where = here(connection, scope)
    for entry in entries(connection, scope):
        yield {
            "at": entry.event.occurred_at,
            "sentence": render(sentence(entry, where, names)),
            "reason": reason(entry.event),
            "changes": [render(one) for one in changes(entry, where)],
            "proofs": list(_proofs(entry)),
            "code": code(entry.event.request),
        }


def _proofs(entry: Entry) -> Iterable[str]:
    for one in proofs(entry):
        yield f"{'−' if one.withdrawn else '+'} {render(one.words)} · SHA-256 {one.digest[:SHORT_HASH]}"
