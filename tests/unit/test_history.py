"""Every event is a sentence, whatever its payload holds; and a history tells causes before consequences."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangiao.i18n import render
from checklists.events import CONSUMERS, Event
from checklists.history import NOWHERE, Entry, Here, changes, proofs, reason, sentence
from checklists.history_order import in_order
from checklists.history_sentences import SENTENCES

NOON = datetime(2025, 6, 18, 5, tzinfo=UTC)
STEP = "DAT-05/giao → Phường Ba Đình, Phường Trúc Bạch"
HASH = "3fa49b21c0de" + "0" * 52


class OfficeNames:
    """Two people and a unit that are known."""

    def person(self, account: str) -> str:
        return {"lan": "Nguyễn Thị Lan (lan)", "hoa": "Trần Thị Hoa (hoa)"}.get(account, account)

    def unit(self, key: str) -> str:
        return {"new:00004": "Phường Ba Đình (new:00004)"}.get(key, key)


def entry(kind: str, payload: Any = None, *, step: str = "", **fields: Any) -> Entry:
    known: dict[str, Any] = {"id": f"{kind}:1", "actor": "lan", "subject": "old:00004", "step_id": None} | fields
    return Entry(Event(type=kind, occurred_at=NOON, payload=payload or {}, **known), step=step)


def said(one: Entry, language: str = "en", here: Here = NOWHERE) -> str:
    return render(sentence(one, here, OfficeNames()), language)


@pytest.mark.parametrize("kind", CONSUMERS)
def test_every_event_has_a_sentence_of_its_own_that_needs_nothing_of_the_payload(kind: str) -> None:
    assert kind in SENTENCES, f"give {kind} a sentence in checklists/history_sentences.py"
    for language in ("vi", "en"):
        words = said(entry(kind), language)
        assert "lan" in words.casefold()
        assert kind not in words


def test_no_sentence_is_kept_for_an_event_that_does_not_exist() -> None:
    assert sorted(set(SENTENCES) - set(CONSUMERS)) == []


def test_an_event_of_a_newer_program_is_still_told() -> None:
    assert said(entry("step.beamed_up")) == "Nguyễn Thị Lan (lan): step.beamed_up (old:00004)"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    *("step", "reason", "because", "before", "after", "attached", "withdrawn", "version", "number", "unit", "person"),
    *("role", "since", "until", "to", "from", "ground", "via", "count", "steps", "template", "checklists", "units"),
    *(
        "plan_hash",
        "due_on",
        "occurrence",
        "account",
        "absent",
        "substitute",
        "who",
        "subject",
        "type",
        "state",
        "days",
    ),
)
FIELDS = ("state", "version", "claim", "due_on", "{x}")
payloads = st.dictionaries(
    st.sampled_from(NAMES), anything | st.dictionaries(st.sampled_from(FIELDS), anything, max_size=4), max_size=8
)


@given(kind=st.sampled_from(sorted(CONSUMERS)), payload=payloads, language=st.sampled_from(["vi", "en"]))
def test_no_payload_can_make_a_history_fail(kind: str, payload: Any, language: str) -> None:
    one = entry(kind, payload, step_id=7)
    words = [said(one, language, Here(step=8, unit="new:00004"))]
    words += [render(change, language) for change in changes(one, all_fields=True)]
    words += [render(proof.words, language) for proof in proofs(one)]
    words.append(reason(one.event))
    assert not [text for text in words if "\n" in text or "\x1b" in text]
    assert in_order([one, entry(kind, payload, step_id=8)])


def test_who_acts_in_whose_name_is_said_with_both_names() -> None:
    one = entry("step.completed", {"step": STEP}, on_behalf_of="hoa")
    assert said(one) == f"Nguyễn Thị Lan (lan) on behalf of Trần Thị Hoa (hoa) completed step {STEP}."
    assert said(one, "vi") == f"Nguyễn Thị Lan (lan) thay mặt Trần Thị Hoa (hoa) đã hoàn thành bước {STEP}."


def test_what_the_reader_knows_already_is_not_named_again() -> None:
    one = entry("step.completed", {"step": STEP}, step_id=7)
    assert said(one, here=Here(step=7)).endswith("completed this step.")
    assert said(one, here=Here(unit="old:00004", unit_name="Phường Trúc Bạch")).endswith(
        "completed step DAT-05/giao → Phường Ba Đình."
    )
    assert said(entry("step.completed", step="DAT-03, Phường Trúc Bạch")).endswith("step DAT-03, Phường Trúc Bạch.")
    assert said(entry("step.completed")).endswith("completed a step.")


def test_text_from_people_is_never_read_as_a_sentence_nor_obeyed_by_a_terminal() -> None:
    nasty = "{who} [red]\x1b[31m\u202eABC\nDEF"
    one = entry("step.blocked", {"step": nasty, "reason": nasty})
    assert said(one) == "Nguyễn Thị Lan (lan) declared step {who} [red][31mABC DEF blocked."
    assert reason(one.event) == "{who} [red][31mABC DEF"


def test_a_missing_field_gives_a_sentence_without_it() -> None:
    full = {"to": "new:00004", "count": 3, "ground": "sole_successor", "since": "2025-07-01", "steps": [1, 2, 3]}
    moved = "Nguyễn Thị Lan (lan) moved 3 open steps of old:00004 to Phường Ba Đình (new:00004): one unit takes over"
    assert said(entry("work.moved", full)).startswith(moved)
    assert said(entry("work.moved", {"to": "new:00004"})).endswith(
        "moved open steps of old:00004 to Phường Ba Đình (new:00004)."
    )
    assert said(entry("work.moved", full), here=Here(step=2)).startswith(
        "Nguyễn Thị Lan (lan) moved this step to Phường"
    )


def test_changes_are_told_in_words_before_and_after() -> None:
    before = {"state": "in_progress", "expected_on": None, "unblocker": "", "version": 3, "clock_runs": True}
    after = {
        "state": "blocked",
        "expected_on": "2025-06-20",
        "unblocker": "Phòng CNTT",
        "version": 4,
        "clock_runs": True,
    }
    one = entry("step.blocked", {"before": before, "after": after})
    assert [render(change, "en") for change in changes(one)] == [
        "state: in progress → blocked",
        "expected to go on: – → 20/06/2025",
        "who can unblock it: – → Phòng CNTT",
    ]
    assert [render(change, "vi") for change in changes(one)][1] == "dự kiến làm tiếp: – → 20/06/2025"
    assert "version: 3 → 4" in [render(change, "en") for change in changes(one, all_fields=True)]


def test_a_field_that_nobody_foresaw_stands_under_its_own_name() -> None:
    one = entry("step.started", {"before": {"mood": "calm"}, "after": {"mood": "busy"}})
    assert [render(change, "vi") for change in changes(one)] == ["mood: calm → busy"]


def test_what_was_recorded_of_a_person_is_compared_with_what_stood_before() -> None:
    one = entry("person.recorded", {"account": "lan", "name": "Lan", "before": {"account": "lan", "name": "Lam"}})
    assert [render(change, "en") for change in changes(one)] == ["name: Lam → Lan"]


def test_a_change_of_a_decision_tells_its_days_and_its_counts() -> None:
    payload = {
        "number": "1656/NQ-UBTVQH15",
        "drafted_by": "hoa",
        "kind": "amend",
        "reason": "lùi ngày",
        "days": [["operational", "2025-07-01", "2025-07-15"]],
        "steps": {"added": 2, "moved": 40, "cancelled": 0},
        "plan_hash": {"before": "ab" * 32, "after": "cd" * 32},
    }
    one = entry("decision.amended", payload)
    assert said(one).endswith(
        "committed the amendment of decision 1656/NQ-UBTVQH15 that Trần Thị Hoa (hoa) had drafted."
    )
    assert {render(change, "en") for change in changes(one)} == {
        "in operation from: 01/07/2025 → 15/07/2025",
        "steps added: 2",
        "steps with another due date: 40",
        "plan hash: abababababab → cdcdcdcdcdcd",
    }


def test_minutes_are_told_with_both_sides_and_the_side_that_confirmed() -> None:
    said_of_all = {"minutes": "05/BB-BG", "giving": "old:00004", "receiving": "new:00004", "content_hash": HASH}
    drafted = entry("minutes.drafted", said_of_all)
    assert said(drafted).endswith(
        "drafted the minutes 05/BB-BG of the handover from old:00004 to Phường Ba Đình (new:00004)."
    )
    confirmed = entry("minutes.confirmed", said_of_all | {"side": "successor"}, subject="new:00004")
    assert said(confirmed, "vi").endswith(
        "xác nhận biên bản 05/BB-BG nhân danh Phường Ba Đình (new:00004) (tiếp nhận), nội dung 3fa49b21c0de."
    )


def test_a_changed_checklist_tells_a_step_its_own_date_only() -> None:
    payload = {"template": "data-backup", "unit": "old:00004", "moved_steps": [7], "reason": "lùi ngày"} | {
        "moved": [["DAT-03", "2025-06-28", "2025-07-12"], ["DAT-01", "2025-06-20", "2025-07-04"]],
        "version": ["ab" * 32, "cd" * 32],
        "role": ["predecessor", "unchanged"],
    }
    one = entry("checklist.changed", payload)
    assert [render(change, "en") for change in changes(one, Here(step=7, step_key="DAT-03"))][-1] == (
        "due date: 28/06/2025 → 12/07/2025"
    )
    assert {"DAT-01: 20/06/2025 → 04/07/2025", "version: abababababab → cdcdcdcdcdcd"} < {
        render(change, "en") for change in changes(one)
    }


def test_a_step_that_a_changed_decision_freed_or_opened_says_the_decisions_reason() -> None:
    freed = entry("step.unlocked", {"step": STEP, "because": "lùi ngày", "reason": "lùi ngày"})
    assert said(freed) == f"After what Nguyễn Thị Lan (lan) did, step {STEP} is ready."
    opened = entry("step.opened", {"step": STEP, "because": "lùi ngày", "occurrence": 1, "due_on": "2025-07-12"})
    assert said(opened) == f"Nguyễn Thị Lan (lan) opened step {STEP}, due 12/07/2025."
    assert [reason(one.event) for one in (freed, opened)] == ["lùi ngày", "lùi ngày"]


def test_a_reason_that_only_stands_from_before_is_not_put_into_somebody_elses_mouth() -> None:
    standing = {"reason": "thiếu chữ ký", "before": {"state": "in_progress"}, "after": {"state": "in_progress"}}
    assert reason(entry("evidence.attached", standing).event) == ""
    own = {"reason": "bản mới", "before": {"state": "done"}, "after": {"state": "submitted"}}
    assert reason(entry("evidence.attached", own).event) == "bản mới"
    assert reason(entry("verification.void", {"because": "bản mới"}).event) == "bản mới"
    assert reason(entry("step.returned", standing).event) == "thiếu chữ ký"


def test_evidence_is_named_by_file_by_note_and_where_nothing_is_known_by_its_hash() -> None:
    file = {"digest": HASH, "kind": "file", "name": "biên bản.pdf", "size": 2048, "dated_on": "2025-06-18"}
    attached, unknown = proofs(entry("evidence.attached", {"attached": [file, {"digest": "ab" * 32, "kind": "note"}]}))
    assert (attached.words.render(str), attached.digest, attached.withdrawn) == ("biên bản.pdf", HASH, False)
    assert render(unknown.words, "en") == "note “(without a name)”"
    gone = entry("evidence.withdrawn", {"withdrawn": [HASH]})
    known = Entry(gone.event, evidence={HASH: {"kind": "note", "name": "", "text": "Đã kiểm kê"}})
    assert [(render(one.words, "vi"), one.withdrawn) for one in proofs(known)] == [("ghi chú “Đã kiểm kê”", True)]


def act(kind: str, step: int, version: int, request: str, **payload: Any) -> Entry:
    said_of_it = {"step": f"S{step}", "after": {"state": "x", "version": version}} | payload
    return entry(kind, said_of_it, id=f"{kind}:{step}:{version}", step_id=step, request=request)


def test_within_an_instant_causes_come_before_consequences() -> None:
    """Two orders in one instant, told in any order: the second rests on what followed from the first."""
    story = [
        entry("decision.registered", id="decision.registered:1", decision_id=1),
        entry("checklist.opened", id="checklist.opened:9", decision_id=1),
        act("step.completed", 900, 2, "r2"),
        act("step.unlocked", 5, 2, "r2", because="S900"),
        act("step.completed", 5, 3, "r1"),
        act("step.unlocked", 77, 2, "r1", because="S5"),
        act("step.reopened", 900, 3, "r0", reason="sai số liệu"),
        entry("verification.void", {"because": "sai số liệu", "version": 3}, id="v:900:3", step_id=900, request="r0"),
        act("step.waits_again", 5, 4, "r0", reason="S900: sai số liệu"),
        act("step.waits_again", 77, 3, "r0", reason="S5: S900: sai số liệu"),
    ]
    rng = random.Random(7)  # noqa: S311 - any order will do
    for _ in range(50):
        shuffled = rng.sample(story, len(story))
        assert [one.event.id for one in in_order(shuffled)] == [one.event.id for one in story]


def test_contradictory_versions_lose_no_event() -> None:
    odd = [act("step.unlocked", 1, 2, "r", because="S2"), act("step.unlocked", 2, 2, "r", because="S1")]
    assert sorted(one.event.step_id or 0 for one in in_order(odd)) == [1, 2]


def test_a_payload_is_read_back_as_it_was_written() -> None:
    payload = {"step": STEP, "before": {"state": "ready"}, "after": {"state": "in_progress", "version": 2}}
    again = json.loads(json.dumps(payload, ensure_ascii=False))
    assert said(entry("step.started", again)) == said(entry("step.started", payload))
