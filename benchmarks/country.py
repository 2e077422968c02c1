"""The whole country in the middle of its work, as pages show it: part of the steps done, waiting for a second person,
blocked or late, some in other hands, every act on record.

Written by statements over all steps, not act by act: what is measured is reading it. Which step is how follows from its
number, so that both kinds of database hold the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from bangiao.people import put_on_record
from bangiao.settings import Settings
from bangiao.sign_in import begin_session
from bangiao.wiring import Wiring
from benchmarks.databases import Prepared, wired
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole
from checklists.units import UnitKey

NOW = datetime(2025, 7, 10, 2, tzinfo=UTC)
"""A Thursday morning, nine days after the new units began."""

COMMITTEE, PROVINCE, LEAD, PROVINCE_LEAD = "chu-tich", "bi-thu", "lan", "tinh"
HERS = UnitKey("new:00004")
"""The unit of the lead."""
ITS_PROVINCE = UnitKey("new:01")
_SINCE = date(2025, 6, 1)
_ROLES = (
    (COMMITTEE, PersonRole.COMMITTEE, EVERYWHERE),
    (PROVINCE, PersonRole.COMMITTEE, ITS_PROVINCE),
    (LEAD, PersonRole.UNIT_LEAD, HERS),
    (PROVINCE_LEAD, PersonRole.UNIT_LEAD, EVERYWHERE),
)

_PLACE = "(id / 1048576 * 7 + id % 1048576) % 20"
"""A number from 0 to 19 for each step, the same wherever it is asked; the steps of a checklist differ in it."""

_AT_WORK = f"""
UPDATE step SET version = 2, open_needs = 0, state = CASE
  WHEN {_PLACE} < 8 THEN 'done' WHEN {_PLACE} = 8 THEN 'submitted' WHEN {_PLACE} = 9 THEN 'blocked'
  WHEN {_PLACE} = 10 THEN 'in_progress' ELSE 'not_applicable' END
WHERE {_PLACE} < 12 AND (due_on IS NOT NULL OR {_PLACE} < 10)"""  # noqa: S608 - our own words

_AT = "'2025-07-0' || (1 + id % 9) || ' 0' || (1 + id % 8) || ':' || (10 + id % 49) || ':00.000000{zone}'"

_SAID = """
INSERT INTO step_work (step_id, claim, doers, reason, unblocker, expected_on, clock_runs, changed_by, changed_at)
SELECT id, CASE state WHEN 'submitted' THEN 'done' END, '["lan"]', CASE state WHEN 'blocked' THEN 'Chờ văn bản' ELSE ''
  END, '', NULL, state <> 'blocked' OR id % 3 > 0, 'lan', {at} FROM step WHERE version = 2"""

_MOVED = """
INSERT INTO step_holder (step_id, unit, decision_id, ground, since, moved_at)
SELECT s.id, (SELECT min(successor) FROM succession WHERE predecessor = c.unit), c.decision_id, 'dissolved',
  '2025-07-01', '2025-07-01 01:00:00.000000{zone}'
FROM step s JOIN checklist c ON c.id = s.checklist_id
WHERE c.unit LIKE 'old:%' AND s.state <> 'done' AND c.id % 10 = 0
  AND EXISTS (SELECT 1 FROM succession WHERE predecessor = c.unit)"""

_RECORDED = """
INSERT INTO event (id, type, occurred_at, actor, on_behalf_of, decision_id, subject, step_id, request, payload)
SELECT 'step.completed:' || s.id || ':2', 'step.completed', w.changed_at, 'lan', NULL, c.decision_id, c.unit, s.id,
  NULL, '{{"step": "Bước", "reason": "", "before": {{"state": "ready"}}, "after": {{"state": "done", "version": 2}}}}'
FROM step s JOIN step_work w ON w.step_id = s.id JOIN checklist c ON c.id = s.checklist_id WHERE s.state = 'done'"""


def country(prepared: Prepared) -> Settings:
    """Made once in a run; work on a copy if you write."""
    return prepared.made_once("country", _made)


def copy_of_country(prepared: Prepared, name: str) -> Settings:
    """For whoever writes."""
    return replace(prepared.databases.copied(country(prepared), name), clock=NOW)


def _made(prepared: Prepared) -> Settings:
    settings = replace(prepared.copy_of_opened("country"), clock=NOW)
    with wired(settings) as wiring:
        with wiring.engine.begin() as connection:
            _work(connection)
        _appoint(wiring)
        counted(wiring)
    return settings


def _work(connection: Connection) -> None:
    zone = "+00" if connection.dialect.name == "postgresql" else ""
    at = _AT.format(zone=zone)
    if zone:
        at = f"({at})::timestamptz"
    for statement in (_AT_WORK, _SAID.format(at=at), _MOVED.format(zone=zone), _RECORDED.format()):
        connection.exec_driver_sql(statement.replace("%", "%%") if zone else statement)


def counted(wiring: Wiring) -> None:
    """What a server does by itself sooner or later: how many rows there are of what, for its plans."""
    if wiring.engine.dialect.name == "postgresql":
        with wiring.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _appoint(wiring: Wiring) -> None:
    with wiring.unit_of_work() as uow:
        for account, role, unit in _ROLES:
            put_on_record(uow, Person(account, account.title()), account, _SINCE)
            put_on_record(uow, Assignment(account, role, unit, _SINCE), account, _SINCE)


def session(settings: Settings, account: str) -> str:
    """Signs somebody in; gives what their browser keeps."""
    with wired(settings) as wiring:
        return begin_session(wiring, account, "link", "benchmark").token
