"""The Vietnamese gateways against a real receiver that answers as the providers' public documentation says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from receivers import Receiver, answering, http_receiver, raw

from notifiers.channels import Address, Channel, Envelope, Kind, Limits, Outcome, State
from notifiers.egress import Allowed
from notifiers.gateways.json_form import phone_number, short_id
from notifiers.masking import Secret
from notifiers.sending import send

NOW = datetime(2025, 7, 4, 2, 30, tzinfo=UTC)
LIMITS = Limits(
    connect=2, read=2, total=5, allowed=Allowed.parse(["127.0.0.0/8"]), schemas=frozenset({"bgzalo", "bgbrand"})
)
RECORDED = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
CASES = [(schema, case) for schema, cases in RECORDED.items() for case in cases]
KEY = Secret("khoa-bi-mat-cua-cong")
VALUES = {"values": {"template_id": "7895417a7d3f9461cd2e", "brand": "UBND.DN"}}
NOTICE = Envelope("notice-77", "Quá hạn: Sao lưu dữ liệu", "Bước Sao lưu dữ liệu đã quá hạn {secret} 3 ngày.")


def channel(schema: str, url: str, **options: Any) -> Channel:
    return Channel(
        "g", "Cổng", Kind.CUSTOM, user="api-key", secret=KEY, url=Secret(url), schema=schema, options=VALUES | options
    )


def sent_by(schema: str, receiver: Receiver, phone: str = "0912 345 678", **options: Any) -> Outcome:
    with http_receiver(receiver) as server:
        return send(channel(schema, f"{server.url}/gui", **options), Address(phone), NOTICE, LIMITS, NOW)


@pytest.mark.parametrize(("schema", "case"), CASES)
def test_an_answer_of_the_provider_has_its_meaning(schema: str, case: dict[str, Any]) -> None:
    outcome = sent_by(schema, Receiver(answering(200, json.dumps(case["answer"]).encode())))
    assert (outcome.state, outcome.words, outcome.host_failed) == (case["state"], case["words"], case["host_failed"])


def test_the_zalo_form_carries_template_phone_and_id() -> None:
    receiver = Receiver(answering(200, b'{"error": 0}'))
    sent_by("bgzalo", receiver)
    (request,) = receiver.requests
    assert request.headers["access_token"] == KEY.reveal()
    assert json.loads(request.body) == {
        "phone": "84912345678",
        "template_id": "7895417a7d3f9461cd2e",
        "template_data": {"noi_dung": NOTICE.subject},
        "tracking_id": "notice-77",
    }


def test_the_brand_name_form_carries_the_text_as_it_is() -> None:
    """What looks like a place in a message is no place: nobody can have the key sent to themselves."""
    receiver = Receiver(answering(200, b'{"CodeResult": "100"}'))
    sent_by("bgbrand", receiver)
    told = json.loads(receiver.requests[0].body)
    assert told["Content"] == NOTICE.text
    assert (told["Brandname"], told["Phone"], told["RequestId"]) == ("UBND.DN", "84912345678", "notice-77")
    assert (told["ApiKey"], told["SecretKey"]) == ("api-key", KEY.reveal())


def test_another_provider_of_the_same_kind_needs_options_and_no_code() -> None:
    receiver = Receiver(answering(200, b'{"status": "OK", "note": "queued"}'))
    form = {"to": "{phone}", "from": "{brand}", "msg": "{subject}"}
    outcome = sent_by("bgbrand", receiver, body=form, code="status", words="note", accepted=["OK"])
    assert (outcome.state, outcome.words) == (State.SENT, "OK queued")
    assert json.loads(receiver.requests[0].body) == {"to": "84912345678", "from": "UBND.DN", "msg": NOTICE.subject}


def test_an_answer_that_is_not_understood_is_no_success() -> None:
    for words in (b"", b"<html>", b"[]", b'"x"', b'{"other": 1}'):
        assert sent_by("bgzalo", Receiver(answering(200, words))).state is State.FAILED_FOR_NOW
    assert sent_by("bgzalo", Receiver(answering(503))).state is State.FAILED_FOR_NOW
    assert sent_by("bgzalo", Receiver(raw(b""))).state is State.FAILED_FOR_NOW


def test_a_gateway_is_off_until_it_is_allowed_and_complete() -> None:
    receiver = Receiver()
    with http_receiver(receiver) as server:
        off = send(channel("bgzalo", server.url), Address("0912345678"), NOTICE, Limits(allowed=LIMITS.allowed), NOW)
        unknown = send(channel("bgviber", server.url), Address("0912345678"), NOTICE, LIMITS, NOW)
        half = send(channel("bgzalo", server.url, values={}), Address("0912345678"), NOTICE, LIMITS, NOW)
    assert {off.state, unknown.state, half.state} == {State.REFUSED_BY_US}
    assert half.reason.values["part"] == "template_id"
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("written", "number"),
    [("0912345678", "84912345678"), ("+84 912 345 678", "84912345678"), ("84-91.234(5678)", "84912345678"),
     ("091234567", None), ("0212345678", None), ("0912345678\r\n0999999999", None), ("", None), ("lan@x.vn", None)],
)  # fmt: skip
def test_a_phone_number_is_one_vietnamese_mobile_number(written: str, number: str | None) -> None:
    if number:
        assert phone_number(written) == number
    else:
        assert sent_by("bgbrand", Receiver(), written).state is State.REFUSED_BY_US


def test_a_long_id_becomes_a_short_one_that_stays() -> None:
    assert short_id("x" * 300) == short_id("x" * 300) != short_id("x" * 301)
    assert len(short_id("x" * 300)) <= 48
    assert len(short_id("bước:7/lan" * 9)) <= 48
    assert short_id("a-7") == "a-7"
