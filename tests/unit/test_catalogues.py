"""The shipped catalogues hold the 79 duties of the guidance, and give every class of unit what the guidance says."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bangiao.conditions import compile_condition
from bangiao.template_files import lint, lint_files, read_shipped_templates, shipped_path
from checklists.applicability import Applicability
from checklists.names import is_nfc
from checklists.participants import Role
from checklists.templates import Anchor, Side, StepTemplate, Text
from checklists.units import Level

DUTIES = {
    "data-backup": "DAT-02 DAT-03 DAT-04 DAT-05 DAT-08 DAT-10 SEC-03 DIG-01 ARC-01 ARC-02 ARC-03 ARC-04",
    "system-reconfiguration": "INS-03 INS-04 INS-05 SYS-01 SYS-02 SYS-03 SYS-04 SYS-05 SYS-06 SYS-08 SYS-09 LGS-02 "
    "LGS-04 INF-01 INF-02 INF-05 NET-02 NET-03 SEC-01 CER-01 CER-03 HRD-01",
    "service-continuity": "DAT-01 DAT-06 DAT-07 DAT-09 DAT-11 DAT-12 LGS-01 LGS-03 INF-03 INF-04 NET-01 SEC-02 CER-02 "
    "SVC-01 SVC-02 SVC-03 SVC-04 SVC-05 SVC-06 SVC-07 SVC-08 AI-01 HRD-02 VEN-01 TRA-02 TRA-03",
    "cross-cutting": "INS-01 INS-02 INS-06 INS-07 SYS-07 SEA-01 FIN-01 FIN-02 FIN-03 FIN-04 FIN-05 FIN-06 HRD-03 "
    "HRD-04 MON-01 MON-02 MON-03 MON-04 TRA-01",
}
TEMPLATES = read_shipped_templates()
STEPS = {step.key: step for template in TEMPLATES for step in template.steps}
BY_DUTY: dict[str, list[StepTemplate]] = defaultdict(list)
for _step in STEPS.values():
    BY_DUTY[_step.duty].append(_step)

LONGEST_TITLE = 110

DEPARTURES = {
    ("DAT-12", "side"): "the ministry opens the connection, the province makes its own end: two acts",
    ("FIN-02", "side"): "a handover has a receiver: the new commune checks what the district hands over",
    ("FIN-02", "levels"): "the receiver of FIN-02 is a commune",
    ("FIN-06", "side"): "the district lists the agreements it signed, the province inherits them",
    ("SVC-03", "side"): "the district lists and hands over the cases that the commune continues",
    ("SVC-04", "side"): "a divided predecessor submits such cases while it exists, the successor after that",
    ("SVC-04", "levels"): "the provincial chairperson, who is named as responsible, gives the direction",
    ("SVC-08", "side"): "ministries set the fees, the province updates and publishes them",
    (
        "INF-03",
        "predecessor commune",
    ): "the province runs the infrastructure; an old commune's part is NET-01 and SVC-01",
    ("SEC-02", "predecessor commune"): "the safeguards of an old commune are DAT-04",
    ("SYS-08", "predecessor commune"): "old communes own no system to load codes into; province and district do",
    ("VEN-01", "predecessor commune"): "the contracts with vendors are held by the province",
}
"""Where the catalogue says more, or otherwise, than the table of obligations; each with its reason."""

FOR_REFERENCE = "Tham khảo: "
NO_LEGAL_BASIS = {"TRA-02", "LGS-04/ban-giao", "LGS-04/hop-nhat", "HRD-03", "SEC-02/truoc"}
"""Steps whose table row names news or talks as its basis: the catalogue says that they are for reference only."""


def _facts(role: Role, level: Level, **succession: object) -> dict[str, dict[str, object]]:
    known = {
        "predecessors": 0,
        "successors": 0,
        "split": False,
        "receives_part": False,
        "renamed": False,
        "kind_changed": False,
        "from_districts": 0,
    }
    return {
        "unit": {"level": level.value, "kind": "xã", "role": role.value, "generation": "new"},
        "succession": known | succession,
        "decision": {"level": "commune", "days_to_operational": 15},
    }


CLASSES = {
    "ministry": _facts(Role.CENTRAL, Level.MINISTRY),
    "old province": _facts(Role.PREDECESSOR, Level.PROVINCE, successors=1),
    "new province": _facts(Role.SUCCESSOR, Level.PROVINCE, predecessors=3),
    "unchanged province": _facts(Role.UNCHANGED, Level.PROVINCE, successors=1),
    "district": _facts(Role.PREDECESSOR, Level.DISTRICT, successors=5, split=True),
    "island district": _facts(Role.PREDECESSOR, Level.DISTRICT, successors=1),
    "old commune": _facts(Role.PREDECESSOR, Level.COMMUNE, successors=1),
    "divided commune": _facts(Role.PREDECESSOR, Level.COMMUNE, successors=3, split=True),
    "new commune": _facts(Role.SUCCESSOR, Level.COMMUNE, predecessors=4, from_districts=1, renamed=True),
    "commune that keeps its name": _facts(Role.SUCCESSOR, Level.COMMUNE, predecessors=3, from_districts=1),
    "special zone from a district": _facts(Role.SUCCESSOR, Level.COMMUNE, from_districts=1),
    "unchanged commune": _facts(Role.UNCHANGED, Level.COMMUNE, successors=1, from_districts=1),
}
ALWAYS_NEW_COMMUNE = (
    "SYS-08/nap HRD-01 NET-02 SEC-01 CER-03 CER-02 DAT-01 DAT-06 DAT-08 DAT-11 INF-04 SVC-05 SVC-06 SVC-07 INS-05 "
    "SYS-06/cau-hinh SVC-03/nhan SVC-03/giai-quyet FIN-02/nhan DAT-05/nhan-huyen SEC-03/nhan-huyen ARC-03/nhan-huyen "
    "MON-02 TRA-01 TRA-02 HRD-04"
)
GETS = {
    "ministry": "INS-01 INS-02/phan-cong INS-03 INS-05 INS-07 SYS-03 LGS-01/sau LGS-03 DAT-12/bo SVC-08/bo INF-05",
    "old province": "DAT-05/giao FIN-03/to-cong-tac SYS-09/tich-hop SYS-04/de-xuat LGS-04/ban-giao SEA-01/nop-cu",
    "new province": "DAT-05/nhan-tinh SYS-04/chon SYS-06/nang-cap SYS-09/dong LGS-02 LGS-04/hop-nhat INS-04 "
    "FIN-06/ke-thua SVC-04/chi-dao MON-01 CER-01/giu-ten SEA-01/dang-ky",
    "unchanged province": "SYS-09/tich-hop SYS-09/dong SYS-06/nang-cap INS-02/ra-soat INS-02/phan-cong "
    "FIN-03/to-cong-tac DAT-02 DAT-03 INF-01 INF-02 SYS-08/nap MON-04/lap-moc FIN-06/ke-thua",
    "district": "FIN-02/phan-bo FIN-02/giao FIN-02/giao-tinh FIN-03/dau-moi FIN-06/danh-muc ARC-01 ARC-02 ARC-03/giao "
    "ARC-03/phan-bo ARC-04 NET-03 CER-01/ra-soat CER-01/huyen SEA-01/nop-cu SVC-03/danh-muc SVC-03/giao SVC-04/trinh "
    "DAT-05/phan-bo DAT-05/giao",
    "island district": "FIN-02/giao DAT-05/giao SVC-03/giao",
    "old commune": "DAT-02 DAT-03 DAT-04/phuong-an DAT-05/giao DAT-10 SEC-03/giao ARC-01 ARC-02 ARC-03/giao ARC-04 "
    "FIN-01/giao FIN-04/kiem-ke SEA-01/nop-cu CER-01/ra-soat INF-01 SVC-01/truoc",
    "divided commune": "DAT-05/phan-bo DAT-05/giao SEC-03/khong-sao ARC-03/phan-bo FIN-04/phan-bo SVC-04/trinh",
    "new commune": ALWAYS_NEW_COMMUNE
    + " DAT-05/nhan SEC-03/nhan ARC-03/nhan SYS-05/hop-nhat CER-01/lap-moi SEA-01/dang-ky",
    "commune that keeps its name": ALWAYS_NEW_COMMUNE + " DAT-05/nhan CER-01/giu-ten",
    "special zone from a district": ALWAYS_NEW_COMMUNE + " CER-01/lap-moi",
    "unchanged commune": ALWAYS_NEW_COMMUNE + " CER-01/ra-soat CER-01/cap-tren SEA-01/ra-soat DAT-03 INF-01",
}
SPLIT_ONLY = "DAT-05/phan-bo SEC-03/khong-sao ARC-03/phan-bo"
CLOSING = (
    "DAT-05/giao SEC-03/giao ARC-01 ARC-02 ARC-03/giao ARC-04 FIN-01/giao FIN-04/kiem-ke SEA-01/nop-cu SVC-01/truoc"
)
GETS_NOT = {
    "ministry": "DAT-05/giao SVC-08/tinh",
    "old province": SPLIT_ONLY + " DAT-05/nhan-tinh SYS-04/chon INS-04",
    "new province": "DAT-05/nhan DAT-05/nhan-huyen CER-01/lap-moi CER-01/cap-tren DAT-05/giao",
    "unchanged province": "SYS-04/de-xuat SYS-04/chon LGS-04/ban-giao LGS-04/hop-nhat SYS-05/hop-nhat DAT-05/giao "
    "DAT-05/nhan-tinh SEA-01/nop-cu SEA-01/dang-ky LGS-01/truoc",
    "district": "DAT-05/nhan FIN-04/phan-bo HRD-01 FIN-06/ke-thua",
    "island district": SPLIT_ONLY + " FIN-02/phan-bo SVC-04/trinh",
    "old commune": SPLIT_ONLY + " FIN-04/phan-bo SVC-04/trinh FIN-02/giao NET-03 SVC-03/giao HRD-01",
    "divided commune": "FIN-02/phan-bo NET-03",
    "new commune": "CER-01/giu-ten CER-01/cap-tren SEA-01/ra-soat " + CLOSING,
    "commune that keeps its name": "CER-01/lap-moi CER-01/cap-tren",
    "special zone from a district": "DAT-05/nhan SEC-03/nhan ARC-03/nhan CER-01/giu-ten",
    "unchanged commune": CLOSING
    + " "
    + SPLIT_ONLY
    + " DAT-05/nhan SYS-05/hop-nhat CER-01/lap-moi CER-01/giu-ten SEA-01/dang-ky",
}
STEPS_PER_UNIT = {
    "ministry": (20, 20),
    "old province": (30, 40),
    "new province": (60, 70),
    "unchanged province": (70, 80),
    "old commune": (20, 30),
    "divided commune": (25, 35),
    "new commune": (45, 60),
    "unchanged commune": (45, 60),
    "district": (35, 45),
}


def _keys_of(name: str) -> set[str]:
    facts = CLASSES[name]
    role, level = Role(str(facts["unit"]["role"])), Level(str(facts["unit"]["level"]))
    profile = Applicability(TEMPLATES, compile_condition).profile(role, level, facts, (name,))
    return set(profile.places)


def test_the_four_catalogues_hold_the_79_duties_each_in_its_own() -> None:
    held = {template.template: {step.duty for step in template.steps} for template in TEMPLATES}
    assert held == {name: set(duties.split()) for name, duties in DUTIES.items()}
    assert sum(len(duties) for duties in held.values()) == 79


def test_the_shipped_files_have_no_mistake() -> None:
    assert lint(TEMPLATES) == []
    assert (
        tuple(lint_files([shipped_path(template.template) for template in TEMPLATES], day=date(2025, 6, 16)))
        == TEMPLATES
    )


def test_every_version_has_an_identity_of_its_own() -> None:
    hashes = {template.content_hash for template in TEMPLATES}
    assert len(hashes) == 4
    assert all(len(one) == 64 for one in hashes)


@pytest.mark.parametrize("name", GETS)
def test_each_class_of_unit_gets_what_the_guidance_says(name: str) -> None:
    assert set(GETS[name].split()) - _keys_of(name) == set()


@pytest.mark.parametrize("name", GETS_NOT)
def test_no_class_of_unit_gets_what_is_not_its_own(name: str) -> None:
    unwanted = set(GETS_NOT[name].split())
    assert unwanted <= set(STEPS)
    assert unwanted & _keys_of(name) == set()


@pytest.mark.parametrize("name", STEPS_PER_UNIT)
def test_each_class_of_unit_gets_a_list_a_person_can_work_through(name: str) -> None:
    least, most = STEPS_PER_UNIT[name]
    assert least <= len(_keys_of(name)) <= most


@pytest.mark.parametrize("name", CLASSES)
def test_exactly_one_certificate_case_applies_to_a_unit_that_goes_on(name: str) -> None:
    cases = {"CER-01/lap-moi", "CER-01/giu-ten", "CER-01/cap-tren"} & _keys_of(name)
    role, level = CLASSES[name]["unit"]["role"], CLASSES[name]["unit"]["level"]
    goes_on = role == "successor" or (role == "unchanged" and level == "commune")
    assert len(cases) == (1 if goes_on else 0)


@pytest.mark.parametrize("duty", ["DAT-05", "SEC-03", "ARC-03"])
def test_receiving_needs_the_hand_over_of_every_predecessor_of_one_level(duty: str) -> None:
    for act, level in (("nhan", "commune"), ("nhan-huyen", "district"), ("nhan-tinh", "province")):
        across = [need for need in STEPS[f"{duty}/{act}"].needs if need.of == "predecessors"]
        assert [(need.step, need.level) for need in across] == [(f"{duty}/giao", level)]
    assert STEPS[f"{duty}/giao"].per == "successor"


@pytest.mark.parametrize("key", ["DAT-05/giao", "SEC-03/giao", "ARC-03/giao", "FIN-01/giao", "FIN-02/giao"])
def test_a_divided_unit_names_the_receiver_of_each_thing_before_it_hands_over(key: str) -> None:
    allotments = [need.step for need in STEPS[key].needs if need.step.endswith("/phan-bo")]
    assert allotments
    assert all("split" in (STEPS[name].condition or pytest.fail(name)).when for name in allotments)


def test_anything_left_out_says_why_in_both_languages() -> None:
    for step in STEPS.values():
        if step.condition:
            assert len(step.condition.otherwise.vi) > 20, step.key
            assert len(step.condition.otherwise.en) > 20, step.key


def test_every_text_is_nfc_and_differs_between_the_languages() -> None:
    for step in STEPS.values():
        for text in _texts(step):
            assert is_nfc(text.vi), step.key
            assert is_nfc(text.en), step.key
            assert text.vi != text.en, (step.key, text.vi)


def test_titles_are_distinct_and_fit_a_phone() -> None:
    for language in ("vi", "en"):
        titles = [getattr(step.title, language) for step in STEPS.values()]
        assert len(set(titles)) == len(titles)
    assert [step.key for step in STEPS.values() if len(step.title.vi) > LONGEST_TITLE] == []


def test_hand_overs_receipts_seals_certificates_and_money_want_a_second_person() -> None:
    for step in STEPS.values():
        act = step.key.partition("/")[2]
        if act in ("giao", "giao-tinh", "nhan", "nhan-huyen", "nhan-tinh", "phan-bo", "huy-ban-sao"):
            assert step.verify, step.key
        if step.duty in ("DAT-03", "SEC-03", "SEA-01", "CER-02", "CER-03", "FIN-01", "FIN-02", "FIN-04", "FIN-05"):
            assert step.verify, step.key


def test_only_a_recommendation_asks_for_no_evidence() -> None:
    assert [step.key for step in STEPS.values() if not step.evidence.required] == ["AI-01"]


def test_only_terms_that_are_counted_forward_roll() -> None:
    for step in STEPS.values():
        rule = step.deadline
        if rule.anchor is not Anchor.NONE and rule.offset <= 0:
            assert rule.roll == "none", step.key


def test_a_step_without_a_date_says_why() -> None:
    assert [s.key for s in STEPS.values() if s.deadline.anchor is Anchor.NONE and s.note is None] == []


def test_a_recurring_step_says_that_its_period_is_a_default_of_this_system() -> None:
    for step in STEPS.values():
        if step.recurrence and step.deadline.anchor is not Anchor.NONE:
            note = step.note or pytest.fail(step.key)
            assert "mặc định của hệ thống" in note.vi, step.key
            assert "default of this system" in note.en, step.key


def test_what_is_no_legal_basis_is_called_a_reference() -> None:
    assert {step.key for step in STEPS.values() if step.basis.startswith(FOR_REFERENCE)} == NO_LEGAL_BASIS


def test_a_source_is_named_by_its_title_and_explained_on_the_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "catalogues.md").read_text(encoding="utf-8")
    named = {part.removesuffix(" (suy ra)") for step in STEPS.values() for part in step.source.split("; ")}
    documents = {part for part in named if part.endswith(")")}
    assert len(documents) == 5
    assert {title for title in documents if f"| {title} |" not in page} == set()
    assert {part for part in named if ".txt" in part} == set()


def test_nothing_of_a_unit_that_stays_is_dated_by_the_end_of_a_unit() -> None:
    for name in ("unchanged commune", "unchanged province"):
        ended = {key for key in _keys_of(name) if STEPS[key].deadline.anchor is Anchor.UNIT_CEASED}
        assert ended == set()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("INS-05", (Anchor.OPERATIONAL, 15, "calendar", None, date(2025, 7, 15))),
        ("INS-01", (Anchor.ISSUED, 15, "calendar", None, None)),
        ("SYS-03", (Anchor.FIXED, 0, "calendar", date(2025, 5, 15), None)),
        ("FIN-02/giao", (Anchor.FIXED, 0, "calendar", date(2025, 6, 30), None)),
        ("SVC-05", (Anchor.FIXED, 0, "calendar", date(2025, 6, 25), None)),
        ("INS-07", (Anchor.FIXED, 0, "calendar", date(2027, 3, 1), None)),
        ("DAT-03", (Anchor.OPERATIONAL, -3, "calendar", None, None)),
        ("SVC-04/trinh", (Anchor.EVENT, 3, "working", None, None)),
        ("FIN-05/dieu-chuyen", (Anchor.EVENT, 30, "calendar", None, None)),
        ("ARC-01", (Anchor.UNIT_CEASED, 0, "calendar", None, None)),
        ("TRA-03", (Anchor.NONE, 0, "calendar", None, None)),
    ],
)
def test_deadlines_follow_the_texts(key: str, expected: tuple[object, ...]) -> None:
    rule = STEPS[key].deadline
    assert (rule.anchor, rule.offset, rule.unit, rule.fixed, rule.published) == expected


def test_the_page_on_the_catalogues_lists_every_duty_with_all_its_acts() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "catalogues.md").read_text(encoding="utf-8")
    rows = {row.split(" | ")[0].removeprefix("| "): row for row in page.splitlines() if row.startswith("| ")}
    for duty, steps in BY_DUTY.items():
        acts = {step.key.partition("/")[2] for step in steps} - {""}
        assert {act for act in acts if f"`{act}`" not in rows[duty]} == set(), duty


def _texts(step: StepTemplate) -> Iterator[Text]:
    yield from (step.title, step.responsible.office, step.evidence.what)
    if step.condition:
        yield step.condition.otherwise
    if step.note:
        yield step.note


# --- against the table of obligations, where it lies beside the repository -------------------------------------------

OBLIGATIONS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "obligations.csv"
_ANCHORS = {"decision_issued": "issued", "continuous": "none", "recurring": "none"}


@pytest.fixture(scope="module")
def obligations() -> list[dict[str, str]]:
    if not OBLIGATIONS.exists():
        pytest.skip("the table of obligations (shared/data/obligations.csv) does not lie beside this repository")
    with OBLIGATIONS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_catalogues_agree_with_the_table_of_obligations_or_say_why_not(obligations: list[dict[str, str]]) -> None:
    found = {departure for row in obligations for departure in _departures(row)}
    assert found == set(DEPARTURES)


def test_checklist_category_basis_and_ids_are_those_of_the_table(obligations: list[dict[str, str]]) -> None:
    where = {step.duty: template.template for template in TEMPLATES for step in template.steps}
    assert {row["id"]: row["checklist"].replace("_", "-") for row in obligations} == where
    for row in obligations:
        for step in BY_DUTY[row["id"]]:
            assert step.category == row["category"].lower().replace(" ", "-")
            assert step.basis.removeprefix(FOR_REFERENCE) == row["legal_basis"]


def _departures(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    duty, steps = row["id"], BY_DUTY[row["id"]]
    both = {"predecessor", "successor"}
    wanted = both if row["side"] == "both" else {row["side"]}
    if wanted != {side for step in steps for side in (both if step.side is Side.BOTH else {step.side.value})}:
        yield duty, "side"
    levels = {level.split()[0] for level in row["applies_to"].split("; ")}
    if levels != {level.value for step in steps for level in step.levels}:
        yield duty, "levels"
    if row["side"] == "both":
        yield from _sides_without_an_act(duty, steps, levels)
    if not any(_same_deadline(row, step) for step in steps):
        yield duty, "deadline"


def _sides_without_an_act(duty: str, steps: list[StepTemplate], levels: set[str]) -> Iterator[tuple[str, str]]:
    """A district or a ministry stands on one side only."""
    for side in (Side.PREDECESSOR, Side.SUCCESSOR):
        for level in levels - {"ministry"} - ({"district"} if side is Side.SUCCESSOR else set()):
            if not any(level in step.levels and step.side in (side, Side.BOTH) for step in steps):
                yield duty, f"{side} {level}"


def _same_deadline(row: dict[str, str], step: StepTemplate) -> bool:
    rule, anchor = step.deadline, row["anchor"]
    if row["recurrence"]:
        return step.recurrence is not None and step.recurrence.every == row["recurrence"]
    if anchor.startswith("event:"):
        same_anchor = rule.event == anchor.removeprefix("event:").replace("_", "-")
    else:
        same_anchor = rule.anchor.value == _ANCHORS.get(anchor, anchor)
    dates = [one.isoformat() if one else "" for one in (rule.fixed, rule.published)]
    return (
        same_anchor
        and rule.offset == int(row["offset_days"] or 0)
        and dates == [row["fixed_date"], row["expected_date"]]
    )
