"""Checkpoints leave the house, in letters and from the command line; what was kept checks the log later."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from notices import mail_channel, open_steps, reaching_home, reader, record_channel, tell
from offices import HA_NOI_COMMITTEE, opened
from receivers import Mailbox, smtp_server
from sqlalchemy import update
from tampering import unguarded

from bangiao.audit_log import make_checkpoint
from bangiao.cli import main
from bangiao.delivery_sender import Sender
from bangiao.i18n import chosen_language
from bangiao.settings import child_environment
from bangiao.wiring import Wiring
from checklists.people import Person
from db.audit_models import CheckpointRow
from db.models import EventRow
from db.people import write_person
from db.session import begin_write


@pytest.fixture
def office(wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    opened(wiring)
    wiring.clock.advance(hours=2)  # type: ignore[attr-defined]
    settings = replace(reaching_home(wiring).settings, data_dir=tmp_path / "data", language="en")
    made = Wiring(settings, wiring.engine, wiring.clock)
    for name, value in child_environment(replace(settings, clock=made.now() + timedelta(minutes=1))).items():
        if name.startswith("BANGIAO_"):
            monkeypatch.setenv(name, value)
    chosen_language.cache_clear()
    yield made
    chosen_language.cache_clear()


def ran(words: list[str]) -> object:
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


def edit(office: Wiring) -> None:
    with begin_write(office.engine) as connection, unguarded(connection):
        connection.execute(update(EventRow).where(EventRow.type == "decision.opened").values(actor="khác"))


def test_the_committee_finds_the_newest_head_in_its_digest_and_nobody_else_does(office: Wiring) -> None:
    made = make_checkpoint(office)
    box = Mailbox()
    with begin_write(office.engine) as connection:
        write_person(connection, Person(HA_NOI_COMMITTEE, "Chủ tịch", "chu-tich@hanoi.gov.vn"), office.now())
    with smtp_server(box) as server:
        record_channel(office, mail_channel(server.port))
        tell(office, [HA_NOI_COMMITTEE, reader(office, "lan")], open_steps(office, 3))
        office.clock.advance(seconds=31)  # type: ignore[attr-defined]
        sender = Sender(office)
        try:
            assert sender.drain(30) == 2
        finally:
            sender.close()

    bodies = {str(one["To"]): one.get_body(("plain",)).get_content() for one in box.messages()}  # type: ignore[union-attr]
    with_head = {to: re.findall(r"--root\s+(\d+:[A-Za-z0-9+/=]{44})", body) for to, body in bodies.items()}
    wanted = f"{made.size}:{base64.b64encode(made.root).decode()}"
    assert {to: found for to, found in with_head.items() if found} == {"Chủ tịch <chu-tich@hanoi.gov.vn>": [wanted]}
    assert ran(["audit", "verify", "--root", wanted]) == 0
    assert ran(["audit", "verify", "--root", f"{made.size}:{base64.b64encode(bytes(32)).decode()}"]) == 3


def test_the_command_line_signs_verifies_and_says_what_is_wrong(
    office: Wiring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(["audit", "checkpoint"]) == 0
    (tmp_path / "kept.txt").write_text(capsys.readouterr().out, encoding="utf-8")
    assert ran(["audit", "verify", "--checkpoint", str(tmp_path / "kept.txt")]) == 0
    assert "The log is what was signed." in capsys.readouterr().out
    assert ran(["audit", "proof", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["index"] == 0
    assert ran(["audit", "proof", "0"]) == 0
    capsys.readouterr()
    assert ran(["audit", "keys", "--json"]) == 0
    known = json.loads(capsys.readouterr().out)
    (tmp_path / "keys").write_text("\n".join(known["keys"]), encoding="utf-8")
    assert not known["made"]

    edit(office)
    assert ran(["audit", "verify", "--public-key", str(tmp_path / "keys")]) == 3
    assert "is not what was logged" in capsys.readouterr().out
    assert ran(["audit", "verify", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert [one["kind"] for one in document["findings"]] == ["changed"]
    assert "không đúng như lúc ghi" in document["findings"][0]["what"]["vi"]


def test_a_checkpoint_in_the_record_that_somebody_else_signed_is_found_with_the_kept_keys(
    office: Wiring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_checkpoint(office)
    with begin_write(office.engine) as connection, unguarded(connection):
        connection.execute(update(CheckpointRow).values(text=CheckpointRow.text + "— khac AAAAAAAA\n"))
    assert ran(["audit", "verify"]) == 0  # others may sign as well
    office.settings.checkpoint_key_file.with_name("audit.key.pub").unlink()
    assert ran(["audit", "verify"]) == 3
    assert "not signed by a key of this log" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--root", "7"], ["--root", "7:AAAA"], ["--checkpoint", "/dev/null"]])
def test_what_is_no_checkpoint_is_bad_use(office: Wiring, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(["audit", "verify", *words]) == 2
    assert capsys.readouterr().out == ""


def test_a_value_is_erased_by_command_and_the_log_stays_sound(
    office: Wiring, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(["audit", "erase", "0", "actor"]) == 2
    assert ran(["audit", "erase", "0", "actor", "--basis", "Luật 91/2025/QH15", "--reason", "theo yêu cầu"]) == 0
    assert ran(["audit", "checkpoint"]) == 0
    assert ran(["audit", "verify"]) == 0
    capsys.readouterr()
    assert ran(["audit", "show", "01/QĐ-TN"]) == 0
    assert "erased actor of entry 0" in capsys.readouterr().out
