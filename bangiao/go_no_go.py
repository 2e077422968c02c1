"""Go or no go: what the command line and the pages call.

person → **question, vote, closing** (`checklists.go_no_go_handlers`) at a desk of `db.go_no_go` → one transaction each:
the row and its event together. The figures are counted before it, so that nobody who writes waits for them.
"""

from __future__ import annotations

from collections.abc import Callable

from bangiao.wiring import Wiring
from checklists.go_no_go import Question
from checklists.go_no_go_handlers import (
    Asking,
    EndOfVoting,
    GoNoGoOutcome,
    Voting,
    close,
    known,
    open_question,
    vote,
)
from checklists.handlers import UnknownDecision
from db.go_no_go import SqlGoNoGo, readiness
from db.session import begin_read
from db.steering_models import GoNoGoRow


def ask(wiring: Wiring, asking: Asking) -> GoNoGoOutcome:
    """Open a question with the readiness of this moment. Raises what `go_no_go_handlers.open_question` raises."""
    with begin_read(wiring.engine) as connection:
        figures = readiness(connection, asking.number, asking.province, wiring.now(), wiring.today())
    return _written(wiring, lambda desk: open_question(asking, figures, desk, wiring.today()))


def give_vote(wiring: Wiring, voting: Voting) -> GoNoGoOutcome:
    """Raises what `go_no_go_handlers.vote` raises."""
    return _written(wiring, lambda desk: vote(voting, desk, wiring.today()))


def close_question(wiring: Wiring, end: EndOfVoting) -> GoNoGoOutcome:
    """Raises what `go_no_go_handlers.close` raises."""
    return _written(wiring, lambda desk: close(end, desk, wiring.today()))


def questions_of(wiring: Wiring, number: str) -> list[Question]:
    """All that were asked about a decision, the newest first. Raises UnknownDecision."""
    with begin_read(wiring.engine) as connection:
        desk = SqlGoNoGo(connection, wiring.now())
        subject = desk.subject(number)
        if subject is None:
            raise UnknownDecision(number=number)
        return desk.questions(GoNoGoRow.decision_id == subject.id)


def question_of(wiring: Wiring, number: str, question: int) -> Question:
    """One of them. Raises UnknownDecision, UnknownQuestion."""
    with begin_read(wiring.engine) as connection:
        return known(number, question, SqlGoNoGo(connection, wiring.now()))


def who_may_vote(wiring: Wiring, question: Question) -> frozenset[str]:
    """Accounts, as of today."""
    with begin_read(wiring.engine) as connection:
        desk = SqlGoNoGo(connection, wiring.now())
        return desk.may_vote(question.decision_id, question.province, wiring.today())


def votes_awaited(wiring: Wiring, account: str) -> list[tuple[str, int]]:
    """Open questions that wait for this person's vote: decision and number."""
    with begin_read(wiring.engine) as connection:
        return SqlGoNoGo(connection, wiring.now()).waiting_for(account)


def _written(wiring: Wiring, work: Callable[[SqlGoNoGo], GoNoGoOutcome]) -> GoNoGoOutcome:
    with wiring.unit_of_work() as uow:
        return work(SqlGoNoGo(uow.connection, uow.now))
