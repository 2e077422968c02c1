"""What is refused of persons, roles and absences, with the sentence that is said."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from checklists.errors import BadInput
from checklists.people import (
    EVERYWHERE,
    MAY,
    Assignment,
    NoSubstitution,
    Person,
    PersonRole,
    Substitution,
    acting_for,
    role_words,
    roles_in,
)
from checklists.people_rules import Entry, PeopleOnRecord, composed, mistakes_in
from checklists.reach import Askable, UnitTree
from checklists.step_rules import Actor
from checklists.steps import Act
from checklists.units import UnitKey

TODAY = date(2025, 6, 17)
JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
LEAD = PersonRole.UNIT_LEAD
AN = Person("an", "Nguyễn Văn An", "an@example.vn", "0912 345 678")
HOA = Person("hoa", "Lê Thị Hoa")
GONE = Person("gone", "Đỗ Minh", disabled_on=date(2025, 6, 10))
AN_LEADS = Assignment("an", LEAD, UnitKey("new:1"), JUNE)
HOA_LEADS = Assignment("hoa", LEAD, UnitKey("new:2"), JUNE)


def said(entry: Entry, *more: Entry) -> list[tuple[str, str]]:
    """The field and the name of each rule the entry breaks."""
    record = PeopleOnRecord([AN, HOA, GONE, AN_LEADS, HOA_LEADS, *more])
    return [(field, type(mistake).__name__) for field, mistake in mistakes_in(entry, record, TODAY)]


def away(absent: str, substitute: str, first: int, last: int) -> Substitution:
    return Substitution(absent, substitute, date(2025, 6, first), date(2025, 6, last))


@pytest.mark.parametrize("account", ["an", "an.nguyen", "x_1-2", "a" * 40])
def test_accounts_are_small_letters_digits_and_three_signs(account: str) -> None:
    assert said(Person(account, "An")) == []


@pytest.mark.parametrize("account", ["", "a", "An", "đông", "an nguyen", "an@x", "a" * 41, "x[/]"])
def test_other_accounts_are_refused(account: str) -> None:
    assert said(Person(account, "An")) == [("account", "BadAccount")]


def test_somebody_whose_old_account_would_be_refused_today_can_still_be_corrected() -> None:
    old = Person("Ông Ba", "Ông Ba")
    assert said(replace(old, phone="0912345678"), old) == []


@pytest.mark.parametrize(
    "email", ["an", "an@", "an@host", "@example.vn", "an@@example.vn", "an@exa mple.vn", "a@b..vn"]
)
def test_what_is_no_email_address_is_refused(email: str) -> None:
    assert said(replace(AN, email=email)) == [("email", "BadEmail")]


@pytest.mark.parametrize("phone", ["12345", "gọi sau", "0912 345 678 912 345 678", "++84912345678", "0912/345678"])
def test_what_is_no_telephone_number_is_refused(phone: str) -> None:
    assert said(replace(AN, phone=phone)) == [("phone", "BadPhone")]


@pytest.mark.parametrize("phone", ["0912345678", "+84 24 3825 1234", "(024) 3825-1234"])
def test_telephone_numbers_are_taken_as_people_write_them(phone: str) -> None:
    assert said(replace(AN, phone=phone)) == []


def test_a_person_has_a_name_in_one_unicode_form_and_a_language_that_is_spoken() -> None:
    assert said(replace(AN, name="  ")) == [("name", "NameMissing")]
    assert said(replace(AN, name="x" * 201)) == [("name", "NameMissing")]
    loose = unicodedata.normalize("NFD", AN.name)
    assert said(replace(AN, name=loose)) == [("name", "NotComposed")]
    assert composed(replace(AN, name=f" {loose} ")) == AN
    assert said(replace(AN, language="fr")) == [("language", "BadLanguage")]


def test_an_account_is_never_given_again() -> None:
    assert said(Person("gone", "Somebody else")) == [("account", "AccountRetired")]


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, []),
        ({"person": "nobody"}, [("person", "UnknownPerson")]),
        ({"person": "gone"}, [("person", "PersonDisabled")]),
        ({"until": date(2025, 5, 31)}, [("until", "EndsBeforeItBegins")]),
        ({"until": date(2025, 6, 16)}, [("until", "RoleOver")]),
        ({"until": TODAY}, []),
        ({"unit": UnitKey("new:1"), "since": JULY}, [("since", "RoleHeld")]),
        ({"unit": UnitKey("new:1"), "since": JULY, "role": PersonRole.VERIFIER}, []),
    ],
)
def test_a_role_goes_to_somebody_who_acts_and_does_not_overlap_itself(
    changes: dict[str, object], broken: list[tuple[str, str]]
) -> None:
    assert said(replace(Assignment("an", LEAD, UnitKey("new:3"), JUNE), **changes)) == broken  # type: ignore[arg-type]


def test_a_role_of_a_disabled_person_can_only_be_ended() -> None:
    held = Assignment("gone", LEAD, UnitKey("new:3"), JUNE)
    assert said(replace(held, until=date(2025, 6, 9)), held) == []
    assert said(held, held) == [("person", "PersonDisabled")]


@pytest.mark.parametrize(
    ("one", "broken"),
    [
        (away("an", "hoa", 17, 20), []),
        (away("an", "an", 17, 20), [("substitute", "OwnSubstitute")]),
        (away("an", "hoa", 20, 17), [("until", "AbsenceBackwards")]),
        (away("an", "hoa", 10, 16), [("until", "AbsenceOver")]),
        (away("an", "nobody", 17, 20), [("substitute", "UnknownPerson")]),
        (away("an", "gone", 17, 20), [("substitute", "PersonDisabled")]),
    ],
)
def test_a_substitute_is_somebody_else_who_acts_in_days_to_come(
    one: Substitution, broken: list[tuple[str, str]]
) -> None:
    assert said(one) == broken


def test_who_is_absent_cannot_stand_in_and_who_stands_in_cannot_be_absent() -> None:
    hoa_away = away("hoa", "chi", 18, 19)
    chi = (Person("chi", "Chí"), Assignment("chi", LEAD, UnitKey("new:7"), JUNE))
    assert said(away("an", "hoa", 19, 25), hoa_away, *chi) == [("substitute", "SubstituteAbsent")]
    assert said(away("an", "hoa", 20, 25), hoa_away, *chi) == []
    assert said(away("chi", "an", 19, 25), hoa_away, *chi) == [("absent", "StandsInMeanwhile")]


def test_an_absence_moves_its_end_under_the_same_first_day_and_does_not_overlap_itself() -> None:
    first = away("an", "hoa", 17, 20)
    assert said(replace(first, until=date(2025, 6, 30)), first) == []
    assert said(replace(first, until=TODAY), first) == []
    assert said(away("an", "hoa", 20, 25), first) == [("since", "AbsenceHeld")]


def test_nobody_stands_in_for_somebody_without_a_role() -> None:
    without = Person("moi", "Người mới")
    assert said(away("moi", "hoa", 17, 20), without) == [("absent", "NoRoleToStandIn")]
    ended = Assignment("moi", LEAD, UnitKey("new:9"), JUNE, date(2025, 6, 16))
    assert said(away("moi", "hoa", 17, 20), without, ended) == [("absent", "NoRoleToStandIn")]


def test_the_sentence_says_who_was_probably_meant() -> None:
    record = PeopleOnRecord([Person("hoa.le", "Lê Thị Hoa")])
    ((_, mistake),) = mistakes_in(Assignment("hoa.el", LEAD, UnitKey("new:1"), JUNE), record, TODAY)
    assert isinstance(mistake, BadInput)
    assert "Is hoa.le meant?" in str(mistake)


def test_a_substitute_acts_in_the_absent_persons_name_only_in_the_absence() -> None:
    substitutions = [away("an", "hoa", 17, 20)]
    assert acting_for(Actor("hoa", "an"), substitutions, TODAY) == "an"
    assert acting_for(Actor("hoa"), substitutions, TODAY) == "hoa"
    for actor, day in ((Actor("hoa", "an"), date(2025, 6, 21)), (Actor("an", "hoa"), TODAY)):
        with pytest.raises(NoSubstitution, match="does not stand in"):
            acting_for(actor, substitutions, day)


def test_roles_count_in_the_reach_and_everywhere_while_they_are_held() -> None:
    held = [AN_LEADS, Assignment("an", PersonRole.AUDITOR, EVERYWHERE, JUNE, date(2025, 6, 16))]
    assert roles_in(held, [UnitKey("new:1")], TODAY) == {LEAD}
    assert roles_in(held, [UnitKey("new:5")], date(2025, 6, 16)) == {PersonRole.AUDITOR}
    assert roles_in(held, [UnitKey("new:5")], TODAY) == set()


def test_every_role_has_its_words_and_nobody_may_what_is_not_said() -> None:
    assert {role_words(role).msgid for role in PersonRole} >= {"unit lead", "verifier"}
    assert all(PersonRole.AUDITOR not in roles for roles in MAY.values())
    assert MAY[Act.COMPLETE] == {LEAD}


def test_a_role_above_counts_also_through_the_province_that_took_over_and_a_circle_ends() -> None:
    up = {"old:c": "old:d", "old:d": "old:p", "old:p": None, "new:p": None, "x:1": "x:2", "x:2": "x:1"}
    keys = {UnitKey(key): UnitKey(parent) if parent else None for key, parent in up.items()}
    tree = UnitTree(keys, {UnitKey("old:p"): [UnitKey("new:p")]})
    assert tree.reach(UnitKey("old:c")) == ["old:c", "old:d", "old:p", "new:p"]
    known = Askable(tree, [(UnitKey("new:p"), LEAD), (EVERYWHERE, PersonRole.AUDITOR)])
    assert known.roles(UnitKey("old:c")) == {LEAD, PersonRole.AUDITOR}
    assert known.roles(UnitKey("x:1")) == {PersonRole.AUDITOR}
