"""Who hears of a step of Phường Ba Đình: by role and reach, with substitutes, and never nobody in silence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pytest

from checklists.escalation.ladder import DEFAULT_LADDER, Audience
from checklists.escalation.preferences import Channel
from checklists.escalation.reachability import unreachable_levels, with_working_channel
from checklists.escalation.recipients import Directory, Found, ReachedUnit, recipients
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole, Substitution
from checklists.units import Level, UnitKey

DAY = date(2026, 3, 16)
CHAIN = (
    ReachedUnit(UnitKey("old:00004"), Level.COMMUNE, "Phường Trúc Bạch"),
    ReachedUnit(UnitKey("old:001"), Level.DISTRICT, "Quận Ba Đình"),
    ReachedUnit(UnitKey("old:01"), Level.PROVINCE, "Thành phố Hà Nội (cũ)"),
    ReachedUnit(UnitKey("new:01"), Level.PROVINCE, "Thành phố Hà Nội"),
)
HOLDING = {
    "lan": (PersonRole.UNIT_LEAD, "old:00004"),
    "minh": (PersonRole.VERIFIER, "old:00004"),
    "quan": (PersonRole.UNIT_LEAD, "old:001"),
    "quoc": (PersonRole.COMMITTEE, "old:001"),
    "tinh": (PersonRole.UNIT_LEAD, "new:01"),
    "to": (PersonRole.COMMITTEE, "new:01"),
    "ban": (PersonRole.COMMITTEE, EVERYWHERE),
    "ky": (PersonRole.ADMINISTRATOR, EVERYWHERE),
}


def directory(
    without: Collection[str] = (),
    absences: Collection[tuple[str, str]] = (),
    disabled: Collection[str] = (),
    extra: Collection[Assignment] = (),
) -> Directory:
    people = [
        Person(account, account.title(), disabled_on=DAY if account in disabled else None)
        for account in [*HOLDING, "dung"]
    ]
    held = [
        Assignment(account, role, UnitKey(unit), date(2025, 1, 1))
        for account, (role, unit) in HOLDING.items()
        if account not in without
    ]
    away = [Substitution(absent, substitute, DAY, DAY) for absent, substitute in absences]
    return Directory(people, [*held, *extra], away, DAY)


def told(found: Found) -> list[str]:
    return [one.account for one in found.recipients]


def words(found: Found) -> list[str]:
    return [one.render(lambda text: text) for one in found.findings]


@pytest.mark.parametrize(
    ("audience", "accounts"),
    [
        (Audience.UNIT_LEAD, ["lan"]),
        (Audience.AWAITED_LEADS, ["lan"]),
        (Audience.VERIFIERS, ["minh"]),
        (Audience.SUPERIOR, ["quan", "quoc"]),
        (Audience.PROVINCE, ["tinh", "to"]),
        (Audience.COMMITTEE, ["to"]),
    ],
)
def test_every_audience_is_found_by_role_and_reach(audience: Audience, accounts: list[str]) -> None:
    found = recipients(audience, CHAIN, directory())
    assert (told(found), found.widened, found.findings) == (accounts, False, ())


@pytest.mark.parametrize(
    ("audience", "without", "accounts", "reached"),
    [
        (Audience.UNIT_LEAD, ["lan"], ["quan", "quoc"], "the unit above"),
        (Audience.SUPERIOR, ["quan", "quoc"], ["tinh", "to"], "the unit above"),
        (Audience.PROVINCE, ["tinh", "to"], ["ban"], "the steering committee"),
        (Audience.VERIFIERS, ["minh"], ["lan"], "the unit lead"),
        (Audience.COMMITTEE, ["to", "ban"], ["ky"], "administrator"),
        (Audience.UNIT_LEAD, ["lan", "quan", "quoc", "tinh", "to", "ban"], ["ky"], "administrator"),
    ],
)
def test_where_nobody_is_found_the_next_wider_group_is_told_and_that_is_a_finding(
    audience: Audience, without: list[str], accounts: list[str], reached: str
) -> None:
    found = recipients(audience, CHAIN, directory(without))
    assert (told(found), found.widened) == (accounts, True)
    assert f"of Phường Trúc Bạch: it went to {reached} instead" in words(found)[0]


def test_the_steering_committee_of_the_country_is_asked_where_the_province_has_none() -> None:
    found = recipients(Audience.COMMITTEE, CHAIN, directory(["to"]))
    assert (told(found), found.widened) == (["ban"], False)


def test_nobody_at_all_is_a_finding_too() -> None:
    found = recipients(Audience.UNIT_LEAD, CHAIN, directory(HOLDING))
    assert (found.recipients, found.widened) == ((), True)
    assert "nor anybody above. Assign somebody." in words(found)[0]


def test_a_ministry_has_no_province_and_goes_to_the_country() -> None:
    ministry = (ReachedUnit(UnitKey("central:BKHCN"), Level.MINISTRY, "Bộ Khoa học và Công nghệ"),)
    for audience in (Audience.SUPERIOR, Audience.PROVINCE):
        found = recipients(audience, ministry, directory())
        assert (told(found), found.widened) == (["ban"], True)
    assert recipients(Audience.COMMITTEE, ministry, directory()).widened is False


def test_a_verifier_of_the_province_verifies_for_its_communes_without_a_finding() -> None:
    above = [Assignment("dung", PersonRole.VERIFIER, UnitKey("new:01"), date(2025, 1, 1))]
    found = recipients(Audience.VERIFIERS, CHAIN, directory(["minh"], extra=above))
    assert (told(found), found.findings) == (["dung"], ())


def test_who_worked_on_a_step_is_not_asked_to_verify_it_nor_is_anybody_in_their_name() -> None:
    found = recipients(Audience.VERIFIERS, CHAIN, directory(absences=[("minh", "dung")]), not_to={"minh"})
    assert told(found) == ["lan"]


def test_the_absent_are_told_through_their_substitute_and_both_are_named() -> None:
    found = recipients(Audience.UNIT_LEAD, CHAIN, directory(absences=[("lan", "dung")]))
    (only,) = found.recipients
    assert (only.account, only.on_behalf_of) == ("dung", "lan")
    assert only.ground.render(str) == "Dung in place of Lan: unit lead, Phường Trúc Bạch"


def test_a_substitute_who_is_absent_too_is_followed_on_and_a_circle_ends() -> None:
    chained = directory(absences=[("lan", "minh"), ("minh", "dung")])
    assert told(recipients(Audience.UNIT_LEAD, CHAIN, chained)) == ["dung"]
    circle = directory(absences=[("lan", "minh"), ("minh", "lan")])
    assert told(recipients(Audience.UNIT_LEAD, CHAIN, circle)) == ["lan"]


def test_disabled_people_are_left_out_and_so_are_disabled_substitutes() -> None:
    assert told(recipients(Audience.UNIT_LEAD, CHAIN, directory(disabled=["lan"]))) == ["quan", "quoc"]
    away = directory(absences=[("lan", "dung")], disabled=["dung"])
    assert told(recipients(Audience.UNIT_LEAD, CHAIN, away)) == ["lan"]


def test_whoever_has_two_grounds_is_told_once() -> None:
    both = [Assignment("tinh", PersonRole.COMMITTEE, UnitKey("new:01"), date(2025, 1, 1))]
    found = recipients(Audience.PROVINCE, CHAIN, directory(["to"], extra=both))
    assert told(found) == ["tinh"]
    assert found.recipients[0].ground.render(str) == "unit lead, Thành phố Hà Nội"


def test_without_a_working_channel_one_is_not_told_and_a_substitute_without_one_gives_way_to_the_absent() -> None:
    reachable = {"quan", "lan"}
    assert told(recipients(Audience.SUPERIOR, CHAIN, directory(), reachable=reachable)) == ["quan"]
    away = directory(absences=[("lan", "dung")])
    assert told(recipients(Audience.UNIT_LEAD, CHAIN, away, reachable=reachable)) == ["lan"]


def test_every_level_that_has_nobody_with_a_working_channel_is_named() -> None:
    channels = {
        "lan": [Channel("mail", "lan@example.vn")],
        "quan": [Channel("mail", " ")],
        "quoc": [Channel("mail", "quoc@example.vn", enabled=False)],
        "to": [Channel("mail", ""), Channel("chat", "@to")],
    }
    reachable = with_working_channel(channels)
    assert reachable == {"lan", "to"}
    (only,) = unreachable_levels(DEFAULT_LADDER, CHAIN, directory(), reachable)
    assert (only.level, only.to, [one.account for one in only.instead]) == ("unit-above", Audience.SUPERIOR, ["to"])
    nobody = unreachable_levels(DEFAULT_LADDER, CHAIN, directory(), frozenset())
    assert [(one.level, one.instead) for one in nobody] == [(level.key, ()) for level in DEFAULT_LADDER.levels]
