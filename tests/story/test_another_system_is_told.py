"""The operator has another system told of events: recorded, tried out, sent, paused, resumed and removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import own_decision, write_decision
from conftest import Answer, Office
from notices import reaching_home
from receivers import Receiver, answering, http_receiver

from bangiao.event_delivery import EventDelivery
from db.audit_log import sequence_all

OPERATOR, SECRETARY = "quan-tri", "thu-ky"


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    made = Receiver()
    with http_receiver(made) as server:
        yield made, server.url


def ask(office: Office, *words: object) -> Answer:
    """The operator types `bangiao subscription` and these words, where servers on this machine may be reached."""
    return office(OPERATOR, "subscription", *words, ALLOWED_TARGETS="127.0.0.0/8")


def sent(office: Office) -> None:
    """What the sender does."""
    with office.wiring() as made:
        wiring = reaching_home(made)
        sequence_all(wiring.engine)
        delivery = EventDelivery(wiring)
        delivery.drain()
        delivery.close()


def test_from_the_first_command_to_the_last(bangiao: Office, receiver: tuple[Receiver, str], tmp_path: Path) -> None:
    seen, url = receiver
    added = ask(bangiao, "add", "truc", "--url", url, "--type", "decision.*", "--json").document
    assert added["state"] == "active"
    assert len(added["secret"]) >= 32
    assert ask(bangiao, "test", "truc").code == 0

    drafted = bangiao(SECRETARY, "decision", "draft", write_decision(tmp_path, own_decision()), "--json")
    assert drafted.code == 0
    sent(bangiao)
    assert [json.loads(one.body)["type"] for one in seen.requests] == [
        "vn.bangiao.subscription.trial.v1",
        "vn.bangiao.decision.drafted.v1",
    ]
    shown = ask(bangiao, "show", "truc", "--json").document
    assert (shown["sent"], shown["still_to_pass"], shown["last_words"]) == (1, 0, "")

    body, secret = tmp_path / "body.json", tmp_path / "secret"
    body.write_bytes(seen.requests[-1].body)
    secret.write_text(added["secret"])
    headers = seen.requests[-1].headers
    check = ["--timestamp", headers["X-Bangiao-Timestamp"], "--secret-file", secret]
    right = [*check, "--signature", headers["X-Bangiao-Signature"]]
    assert ask(bangiao, "verify-signature", body, *right).code == 0
    assert ask(bangiao, "verify-signature", body, *check, "--signature", "v1=0").code == 3

    assert ask(bangiao, "pause", "truc", "--json").document["changed"] is True
    assert "tạm dừng" in ask(bangiao, "list").said
    assert ask(bangiao, "resume", "truc").code == 0
    assert ask(bangiao, "resume", "truc", "--skip").code == 1
    assert ask(bangiao, "remove", "truc", "--json").document["sent"] == 1
    assert ask(bangiao, "list", "--json").document == []


def test_what_cannot_be_is_refused_with_a_sentence_and_leaves_nothing(
    bangiao: Office, receiver: tuple[Receiver, str]
) -> None:
    _seen, url = receiver
    for wrong in (
        ["add", "Trục", "--url", url],
        ["add", "truc"],
        ["add", "truc", "--url", "ftp://example.vn/"],
        ["add", "truc", "--url", "http://10.1.2.3/"],
        ["add", "truc", "--url", url, "--type", "person.recorded"],
        ["add", "truc", "--url", url, "--province", "old:00634"],
        ["add", "truc", "--url", url, "--decision", "99/QĐ"],
        ["add", "truc", "--url", url, "--from", "7"],
        ["show", "truc"],
        ["pause", "truc"],
        ["remove", "truc"],
    ):
        assert ask(bangiao, *wrong).code == 2, wrong
    assert ask(bangiao, "list", "--json").document == []
    assert ask(bangiao, "add", "truc", "--url", url).code == 0
    assert ask(bangiao, "add", "truc", "--url", url).code == 2


def test_a_trial_that_is_not_taken_says_why_without_secrets(
    bangiao: Office, receiver: tuple[Receiver, str], tmp_path: Path
) -> None:
    seen, url = receiver
    seen.behaviour = answering(403, b"token=rat-bi-mat sai")
    address = tmp_path / "dia-chi"
    address.write_text(f"{url}/hook/mot-ma-rat-bi-mat-va-dai")
    assert ask(bangiao, "add", "truc", "--url-file", address).code == 0
    tried = ask(bangiao, "test", "truc")
    assert tried.code == 1
    assert "403" in tried.said
    everything = tried.said + ask(bangiao, "show", "truc", "--json").said
    assert "mot-ma-rat-bi-mat-va-dai" not in everything
    assert "rat-bi-mat sai" not in everything
