"""How far roles reach, who can be asked, and what is written of people, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from builders import JOINED, SPLIT, open_all, own_decision, registered
from sqlalchemy import func, insert, select

from bangiao.people import disable, put_on_record
from bangiao.wiring import Wiring
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole, Substitution
from checklists.people_errors import UnknownPerson
from checklists.reach import Askable
from checklists.units import UnitKey
from db.models import ChecklistRow, EventRow, StepRow, UnitRow
from db.people import (
    disable_person,
    people_on_record,
    person,
    roles_over,
    substitutions_of,
    units_in_reach,
    who_may,
    write_assignment,
    write_person,
    write_substitution,
)
from db.reach import reach_of, unit_tree
from db.session import begin_read, begin_write
from db.unassigned import unassigned
from db.work_models import StepHolderRow

DAY = date(2025, 6, 17)
HA_NOI, BA_DINH, OLD_TRUC_BACH = "new:01", "new:00004", "old:00004"
LEAD, COMMITTEE = PersonRole.UNIT_LEAD, PersonRole.COMMITTEE


def hire(wiring: Wiring, account: str, *roles: tuple[PersonRole, str]) -> None:
    with begin_write(wiring.engine) as connection:
        write_person(connection, Person(account, account.title()), wiring.now())
        for role, unit in roles:
            write_assignment(connection, Assignment(account, role, UnitKey(unit), date(2025, 6, 1)))


def over(wiring: Wiring, account: str, unit: str, day: date = DAY) -> set[str]:
    with begin_read(wiring.engine) as connection:
        return {role.value for role in roles_over(connection, account, unit, day)}


def test_a_role_in_a_province_reaches_its_communes_and_the_old_ones_that_hand_over_to_it(wiring: Wiring) -> None:
    hire(wiring, "an", (COMMITTEE, HA_NOI))
    for unit in (HA_NOI, BA_DINH, "old:01", OLD_TRUC_BACH):
        assert over(wiring, "an", unit) == {"committee"}, unit
    for unit in ("new:48", "central:BKHCN", "new:99999"):
        assert over(wiring, "an", unit) == set(), unit


def test_a_province_that_was_merged_into_another_is_reached_by_the_new_one(wiring: Wiring) -> None:
    """Hà Giang went into Tuyên Quang: who sits in the new Tuyên Quang sees the old communes of both."""
    hire(wiring, "binh", (COMMITTEE, "new:08"))
    with begin_read(wiring.engine) as connection:
        districts = connection.scalars(select(UnitRow.key).where(UnitRow.parent.in_(["old:02", "old:08"]))).all()
    assert len(districts) > 10
    assert all(over(wiring, "binh", unit) == {"committee"} for unit in districts)


def test_a_role_everywhere_reaches_ministries_too(wiring: Wiring) -> None:
    hire(wiring, "quan-tri", (PersonRole.ADMINISTRATOR, EVERYWHERE))
    assert over(wiring, "quan-tri", "central:BKHCN") == {"administrator"}
    assert over(wiring, "quan-tri", OLD_TRUC_BACH) == {"administrator"}


def test_roles_count_from_their_first_day_to_their_last_and_never_of_a_disabled_person(wiring: Wiring) -> None:
    hire(wiring, "an", (LEAD, BA_DINH))
    with begin_write(wiring.engine) as connection:
        ended = Assignment("an", LEAD, UnitKey(BA_DINH), date(2025, 6, 1), date(2025, 6, 30))
        assert write_assignment(connection, ended)
        assert not write_assignment(connection, ended)
    assert over(wiring, "an", BA_DINH, date(2025, 5, 31)) == set()
    assert over(wiring, "an", BA_DINH, date(2025, 6, 30)) == {"unit_lead"}
    assert over(wiring, "an", BA_DINH, date(2025, 7, 1)) == set()
    with begin_write(wiring.engine) as connection:
        assert disable_person(connection, "an", DAY)
        assert not disable_person(connection, "an", DAY)
    assert over(wiring, "an", BA_DINH, date(2025, 6, 16)) == {"unit_lead"}
    assert over(wiring, "an", BA_DINH) == set()


def test_the_three_ways_of_saying_how_far_a_role_reaches_agree(wiring: Wiring) -> None:
    """Upwards in SQL, downwards in SQL, and over the whole tree in memory."""
    with begin_read(wiring.engine) as connection:
        keys = sorted(connection.scalars(select(UnitRow.key)))
    places = [*keys[5::1200], HA_NOI, "new:08", "old:01", OLD_TRUC_BACH, EVERYWHERE]
    for number, place in enumerate(places):
        hire(wiring, f"nguoi-{number}", (LEAD, place))
    with begin_read(wiring.engine) as connection:
        tree = unit_tree(connection)
        for number, place in enumerate(places):
            downwards = set(connection.scalars(units_in_reach(f"nguoi-{number}", DAY)))
            askable = Askable(tree, [(UnitKey(place), LEAD)])
            assert downwards == {key for key in keys if askable.roles(UnitKey(key))}
            for unit in {*keys[number::800], *sorted(downwards)[:: len(downwards) // 4 + 1]}:
                upwards = roles_over(connection, f"nguoi-{number}", unit, DAY)
                assert bool(upwards) is (unit in downwards), (place, unit)


def test_the_nearest_unit_comes_first_in_the_reach(wiring: Wiring) -> None:
    with begin_read(wiring.engine) as connection:
        assert reach_of(connection, OLD_TRUC_BACH) == [OLD_TRUC_BACH, "old:001", "old:01", HA_NOI, EVERYWHERE]
        assert reach_of(connection, BA_DINH) == [BA_DINH, HA_NOI, EVERYWHERE]


def test_only_the_units_of_the_asked_roles_are_in_reach(wiring: Wiring) -> None:
    hire(wiring, "an", (LEAD, BA_DINH), (PersonRole.AUDITOR, "new:48"))
    with begin_read(wiring.engine) as connection:
        assert list(connection.scalars(units_in_reach("an", DAY, {LEAD}))) == [BA_DINH]
        assert "new:48" in set(connection.scalars(units_in_reach("an", DAY)))


def test_who_can_be_asked_comes_nearest_first_with_the_substitute_of_whoever_is_absent(wiring: Wiring) -> None:
    hire(wiring, "chu-tich", (LEAD, BA_DINH))
    hire(wiring, "ban-chi-dao", (COMMITTEE, HA_NOI))
    hire(wiring, "pho-chu-tich")
    with begin_write(wiring.engine) as connection:
        away = Substitution("chu-tich", "pho-chu-tich", DAY, date(2025, 6, 20), "nghỉ phép")
        assert write_substitution(connection, away, "thu-ky", wiring.now())
        assert not write_substitution(connection, away, "thu-ky", wiring.now())
    with begin_read(wiring.engine) as connection:
        asked = [
            (one.person.account, one.role.value, one.unit, one.stands_in_for and one.stands_in_for.account)
            for one in who_may(connection, BA_DINH, set(PersonRole), DAY)
        ]
        after = who_may(connection, BA_DINH, {LEAD}, date(2025, 6, 21))
    assert asked == [
        ("chu-tich", "unit_lead", BA_DINH, None),
        ("pho-chu-tich", "unit_lead", BA_DINH, "chu-tich"),
        ("ban-chi-dao", "committee", HA_NOI, None),
    ]
    assert [one.person.account for one in after] == ["chu-tich"]


@pytest.mark.parametrize("gone", ["vang", "thay"])
def test_a_disabled_person_neither_is_absent_nor_stands_in(wiring: Wiring, gone: str) -> None:
    hire(wiring, "vang", (LEAD, BA_DINH))
    hire(wiring, "thay")
    with begin_write(wiring.engine) as connection:
        write_substitution(connection, Substitution("vang", "thay", DAY, DAY), "thu-ky", wiring.now())
        assert substitutions_of(connection, "thay", DAY) == [Substitution("vang", "thay", DAY, DAY)]
        disable_person(connection, gone, DAY)
        assert substitutions_of(connection, "thay", DAY) == []
        assert substitutions_of(connection, "vang", DAY) == []


def test_everything_on_record_is_read_as_it_was_written(wiring: Wiring) -> None:
    hire(wiring, "an", (LEAD, BA_DINH))
    hire(wiring, "binh")
    with begin_write(wiring.engine) as connection:
        away = Substitution("an", "binh", DAY, DAY, "ốm")
        write_substitution(connection, away, "thu-ky", wiring.now())
        assert write_person(connection, Person("an", "Nguyễn Văn An", "an@example.vn", "0912345678"), wiring.now())
        record = people_on_record(connection)
        assert person(connection, "nobody") is None
    assert record.persons["an"] == Person("an", "Nguyễn Văn An", "an@example.vn", "0912345678")
    assert record.roles("an") == [Assignment("an", LEAD, UnitKey(BA_DINH), date(2025, 6, 1))]
    assert record.absences("binh") == [away]


def test_every_change_goes_on_record_once_with_what_it_was_before(wiring: Wiring) -> None:
    an, role = Person("an", "An"), Assignment("an", LEAD, UnitKey(BA_DINH), date(2025, 6, 1))
    for entry in (an, an, role, role, replace(role, until=date(2025, 12, 31))):
        with wiring.unit_of_work() as uow:
            put_on_record(uow, entry, "thu-ky", DAY)
    for _ in range(2):
        with wiring.unit_of_work() as uow:
            disable(uow, "an", "chuyển công tác", "thu-ky", DAY)
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.type, EventRow.subject, EventRow.actor, EventRow.payload)
        events = [(*row[:3], json.loads(row[3])) for row in connection.execute(query)]
    assert sorted(row[:3] for row in events) == [
        ("assignment.recorded", BA_DINH, "thu-ky"),
        ("assignment.recorded", BA_DINH, "thu-ky"),
        ("person.disabled", "an", "thu-ky"),
        ("person.recorded", "an", "thu-ky"),
    ]
    (changed,) = [payload for *_, payload in events if "before" in payload]
    assert (changed["before"], changed["after"]) == ({"until": None}, {"until": "2025-12-31"})
    (disabled,) = [payload for kind, *_, payload in events if kind == "person.disabled"]
    assert disabled == {"account": "an", "disabled_on": "2025-06-17", "reason": "chuyển công tác"}


def test_a_broken_rule_leaves_nothing_behind(wiring: Wiring) -> None:
    with pytest.raises(UnknownPerson, match="bangiao user add"), wiring.unit_of_work() as uow:
        put_on_record(uow, Assignment("an", LEAD, UnitKey(BA_DINH), DAY), "thu-ky", DAY)
    with begin_read(wiring.engine) as connection:
        assert people_on_record(connection).roles("an") == []
        assert connection.scalar(select(func.count()).select_from(EventRow)) == 0


def test_the_steps_of_a_unit_count_for_whoever_holds_them_now(wiring: Wiring) -> None:
    """Steps that have moved from a dissolved unit are missed where they are, not where they were."""
    opened = registered(wiring, own_decision())
    open_all(wiring, 1)
    with begin_write(wiring.engine) as connection:
        before = {line.unit: line.steps for line in unassigned(connection, DAY) if line.role == LEAD}
        step = connection.scalars(
            select(StepRow.id).join(ChecklistRow).where(ChecklistRow.unit == SPLIT).order_by(StepRow.id)
        ).first()
        moved = {"step_id": step, "unit": JOINED, "decision_id": 1, "ground": "map", "since": DAY}
        connection.execute(insert(StepHolderRow).values(**moved, moved_at=wiring.now()))
        after = {line.unit: line.steps for line in unassigned(connection, DAY) if line.role == LEAD}
        only = unassigned(connection, DAY, unit=JOINED)
    assert sum(before.values()) <= opened.summary.total_steps
    assert after[UnitKey(SPLIT)] == before[UnitKey(SPLIT)] - 1
    assert after[UnitKey(JOINED)] == before.get(UnitKey(JOINED), 0) + 1
    assert {line.unit for line in only} == {JOINED}
