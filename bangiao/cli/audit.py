"""`bangiao audit`: what is on record about a step, a unit, a decision or a person, as sentences."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter
from sqlalchemy import Connection

from bangiao.cli.audit_log import add_to_audit
from bangiao.cli.audit_page import history_document, history_page
from bangiao.cli.output import AsJson, print_json
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.step_references import resolve
from bangiao.wiring import wire
from checklists.errors import BadInput
from checklists.step_handlers import UnknownStep
from db.history import Scope
from db.history_names import decision_numbered, knows_account, knows_unit, step_facts
from db.session import begin_read

app = noun("audit", _("What is on record: who did what, when, and why."))
add_to_audit(app)


class HistoryOfWhat(BadInput):
    """Say whose history: a step, a unit (GENERATION:CODE), the number of a decision, or --person ACCOUNT."""


class NothingOfThatName(BadInput):
    """There is no step, unit or decision "{text}". Give the number of a step or UNIT/KEY (old:00004/DAT-05/giao), a
    unit (old:00004) or the number of a decision (1656/NQ-UBTVQH15)."""


class NobodyOfThatAccount(BadInput):
    """Nobody with the account "{account}" is on record, and nobody ever did anything under it. Accounts are in: bangiao
    user list"""


class PeriodBackwards(BadInput):
    """The period would end on {until}, before it begins on {since}. Correct one of the two dates."""


@app.command(help=_("The history of a step, a unit, a decision or a person in sentences, oldest first."))
def show(
    of: Annotated[
        str | None, Parameter(help=_("A step (number or UNIT/KEY), a unit (GENERATION:CODE) or a decision's number."))
    ] = None,
    /,
    *,
    person: Annotated[str | None, Parameter(help=_("Only what this account did, or was done in its name."))] = None,
    since: Annotated[date | None, Parameter(help=_("From this day on, in Viet Nam."))] = None,
    until: Annotated[date | None, Parameter(help=_("Up to the end of this day."))] = None,
    limit: Annotated[int, Parameter(help=_("How many to show; 0 for all."))] = 200,
    verbose: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Also seconds, versions, event and request numbers."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    if of is None and person is None:
        raise HistoryOfWhat
    if since and until and until < since:
        raise PeriodBackwards(since=since, until=until)
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        scope = _scope(connection, of, person, since, until)
        if as_json:
            print_json(history_document(connection, scope, of, limit))
        else:
            history_page(connection, scope, limit, verbose=verbose)


def _scope(connection: Connection, of: str | None, person: str | None, since: date | None, until: date | None) -> Scope:
    if person is not None and not knows_account(connection, person):
        raise NobodyOfThatAccount(account=person)
    narrowed = Scope(person=person, since=since, until=until)
    if of is None:
        return narrowed
    text = of.strip()
    decision = decision_numbered(connection, text)
    if decision is not None:
        return Scope(decision=decision, person=person, since=since, until=until)
    if knows_unit(connection, text):
        return Scope(unit=text, person=person, since=since, until=until)
    return Scope(step=_step(connection, text), person=person, since=since, until=until)


def _step(connection: Connection, text: str) -> int:
    if not (text.isascii() and text.isdigit()) and not ("/" in text and ":" in text.partition("/")[0]):
        raise NothingOfThatName(text=text)
    step = resolve(connection, text)
    if step >= _TOO_LARGE or step_facts(connection, step) is None:
        raise UnknownStep(step=text)
    return step


_TOO_LARGE = 1 << 63
"""No database holds a larger number."""
