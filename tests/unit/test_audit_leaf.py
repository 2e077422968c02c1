"""What is hashed of an event: canonical bytes, nothing personal in clear, true also with values left out."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from checklists.audit.leaf import (
    Disclosure,
    canonical,
    disclosures,
    hash_of,
    leaf_document,
    leaf_of,
    opened_document,
    sealed_values,
    unproved,
)
from checklists.events import CONSUMERS, Event

SEED = bytes(range(16))
EVENT = Event(
    id="step.completed:7:3",
    type="step.completed",
    occurred_at=datetime(2025, 7, 1, 8, 30, tzinfo=timezone(timedelta(hours=7))),
    actor="lan.nguyen",
    subject="old:00004",
    payload={"reason": "Đã bàn giao cho bà Nguyễn Thị Lan", "after": {"state": "done", "version": 3}},
    decision_id=1,
    on_behalf_of="minh.tran",
    step_id=7,
    request="c0ffee",
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
safe = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=12,
)


@given(safe)
def test_canonical_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers() | st.floats()))
def test_whatever_stands_in_a_payload_has_canonical_bytes(value: dict[str, Any]) -> None:
    again = json.loads(json.dumps(value))

    assert canonical(again) == canonical(value)


def test_numbers_that_json_cannot_carry_are_hashed_as_text() -> None:
    assert canonical([2**53, -(2**60), math.inf]) == b'["9007199254740992","-1152921504606846976","inf"]'


def test_nothing_personal_stands_in_the_document() -> None:
    text = canonical(leaf_document(EVENT, SEED, 12)).decode()

    assert not [word for word in ("lan.nguyen", "minh.tran", "c0ffee", "Nguyễn", "done") if word in text]
    document = json.loads(text)
    assert document.pop("sealed").keys() == {"actor", "on_behalf_of", "request", "payload.reason", "payload.after"}
    assert document == {
        "form": "bangiao-event/1",
        "index": 12,
        "id": "step.completed:7:3",
        "type": "step.completed",
        "occurred_at": "2025-07-01T01:30:00.000000Z",
        "subject": "old:00004",
        "decision": 1,
        "step": 7,
    }


@pytest.mark.parametrize(
    "kind", sorted({kind for kind in CONSUMERS if kind.startswith(("person", "substitution", "assignment", "prefer"))})
)
def test_events_about_people_seal_id_and_subject_as_well(kind: str) -> None:
    about = replace(EVENT, type=kind, id=f"{kind}:lan.nguyen:1", subject="lan.nguyen")

    assert b"lan.nguyen" not in canonical(leaf_document(about, SEED, 0))
    assert {"id", "subject"} <= dict(sealed_values(about)).keys()


def test_disclosures_open_the_commitments_and_may_be_left_out() -> None:
    document, opened = leaf_document(EVENT, SEED, 12), disclosures(EVENT, SEED)

    assert opened.keys() == document["sealed"].keys()
    assert unproved(document, opened) == []
    assert unproved(document, {"actor": opened["actor"]}) == []
    assert unproved(document, {}) == []


def test_a_disclosure_that_was_changed_or_moved_is_named() -> None:
    document, opened = leaf_document(EVENT, SEED, 12), disclosures(EVENT, SEED)

    assert unproved(document, opened | {"actor": replace(opened["actor"], value="an.le")}) == ["actor"]
    assert unproved(document, opened | {"actor": replace(opened["actor"], salt="0" * 32)}) == ["actor"]
    assert unproved(document, {"on_behalf_of": opened["actor"]}) == ["on_behalf_of"]
    assert unproved(document, {"payload.more": Disclosure("0" * 32, "x")}) == ["payload.more"]


def test_an_erased_field_leaves_the_leaf_as_it_was() -> None:
    before, opened = leaf_document(EVENT, SEED, 12), disclosures(EVENT, SEED)
    erased = {name: opened[name].commitment(name) for name in ("payload.reason", "on_behalf_of")}
    left = replace(EVENT, on_behalf_of=None, payload={**EVENT.payload, "reason": None})

    assert hash_of(leaf_document(left, SEED, 12, erased)) == hash_of(before)
    assert hash_of(leaf_document(left, SEED, 12)) != hash_of(before)
    assert disclosures(left, SEED, erased).keys() == {"actor", "request", "payload.after"}


def test_every_salt_is_another_one_and_every_event_has_its_own() -> None:
    salts = {one.salt for one in disclosures(EVENT, SEED).values()}

    assert len(salts) == 5
    assert not salts & {one.salt for one in disclosures(EVENT, bytes(16)).values()}


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "step.completed:7:4"},
        {"type": "step.started"},
        {"occurred_at": EVENT.occurred_at.astimezone(UTC) + timedelta(microseconds=1)},
        {"actor": "an.le"},
        {"on_behalf_of": None},
        {"subject": "old:00005"},
        {"decision_id": None},
        {"step_id": 8},
        {"request": None},
        {"payload": {**EVENT.payload, "reason": "Đã ban giao cho bà Nguyễn Thị Lan"}},
        {"payload": {"reason": EVENT.payload["reason"]}},
        {"payload": {**EVENT.payload, "more": None}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_change_of_an_event_changes_its_leaf(changed: dict[str, Any]) -> None:
    honest = hash_of(leaf_document(EVENT, SEED, 12))

    assert hash_of(leaf_document(replace(EVENT, **changed), SEED, 12)) != honest
    assert hash_of(leaf_document(EVENT, SEED, 13)) != honest
    assert hash_of(leaf_document(EVENT, bytes(16), 12)) != honest


texts = st.text(st.characters(exclude_categories=["Cs"]))
events = st.builds(
    Event,
    id=texts,
    type=st.sampled_from(sorted(CONSUMERS)),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    actor=texts,
    subject=texts,
    payload=st.dictionaries(texts, safe),
    decision_id=st.none() | st.integers(0, 2**60),
    on_behalf_of=st.none() | texts,
    step_id=st.none() | st.integers(0, 2**60),
    request=st.none() | texts,
)


@given(events, st.binary(min_size=16, max_size=16), st.integers(0, 2**40), st.dictionaries(texts, st.just(bytes(32))))
def test_a_leaf_written_in_one_go_is_that_of_its_document(
    event: Event, seed: bytes, index: int, erased: dict[str, bytes]
) -> None:
    assert leaf_of(event, seed, index, erased) == hash_of(leaf_document(event, seed, index, erased))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), safe))
def test_document_and_disclosures_in_one_go_are_those_of_each_by_itself(payload: dict[str, Any]) -> None:
    event, erased = replace(EVENT, payload=payload), {"actor": bytes(32)}
    document, opened = opened_document(event, SEED, 4, erased)
    assert document == leaf_document(event, SEED, 4, erased)
    assert opened == {name: [one.salt, one.value] for name, one in disclosures(event, SEED, erased).items()}


def test_a_value_that_json_does_not_carry_is_disclosed_as_it_was_sealed() -> None:
    document, opened = opened_document(replace(EVENT, payload={"large": 1 << 60, "odd": math.inf}), SEED, 0)
    assert opened["payload.large"][1] == str(1 << 60)
    assert opened["payload.odd"][1] == "inf"
    shown = {name: Disclosure(*one) for name, one in opened.items()}
    assert unproved(json.loads(json.dumps(document)), json_again(shown)) == []


def json_again(opened: dict[str, Disclosure]) -> dict[str, Disclosure]:
    """The disclosures as a reader of the package has them."""
    return {name: Disclosure(one.salt, json.loads(json.dumps(one.value))) for name, one in opened.items()}
