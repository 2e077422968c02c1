"""`bangiao token`: what an operator does, what it prints, and what it says to programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from clocks import START
from offices import appoint

from bangiao.cli import main
from bangiao.tokens import holder_of
from bangiao.wiring import Wiring
from checklists.people import PersonRole

MOSTLY_EMBEDDED = True

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(wiring: Wiring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command on this installation: its exit code, what it printed, what it complained."""
    appoint(wiring, "lan", PersonRole.UNIT_LEAD, "old:00634")
    monkeypatch.setenv("BANGIAO_DATA_DIR", str(wiring.settings.data_dir))
    monkeypatch.setenv("BANGIAO_DATABASE_URL", wiring.settings.database)
    monkeypatch.setenv("BANGIAO_CLOCK", START.isoformat())

    def ran(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["token", *arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return ran


def document(answer: tuple[int, str, str]) -> Any:
    assert answer[0] == 0, answer
    return json.loads(answer[1])


def test_an_operator_makes_lists_and_revokes_a_token(run: Run, wiring: Wiring) -> None:
    made = document(run("create", "lan", "--name", "Hồ sơ", "--scope", "read", "--scope", "work", "--json"))
    assert (made["account"], made["scopes"], made["expires"][:10]) == ("lan", ["read", "work"], "2026-06-17")
    held = holder_of(wiring, made["secret"])
    assert held
    assert held[0].id == made["token"]
    (listed,) = document(run("list", "--account", "lan", "--json"))
    assert listed["token"] == made["token"]
    assert "secret" not in listed
    code, shown, _ = run("list")
    assert (code, made["token"] in shown, made["secret"] in shown) == (0, True, False)
    assert document(run("revoke", made["token"], "--json"))["revoked"] is True
    assert document(run("list", "--json")) == []
    assert holder_of(wiring, made["secret"]) is None


def test_the_secret_is_printed_once_in_one_line(run: Run) -> None:
    code, shown, _ = run("create", "lan", "--name", "Hồ sơ", "--scope", "calendar", "--days", "30")
    secrets = [line.strip() for line in shown.splitlines() if line.strip().startswith("bgt_")]
    assert (code, len(secrets), len(secrets[0])) == (0, 1, 65)
    assert "17/07/2025" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "khong-ai", "--name", "A", "--scope", "read"),
        ("create", "lan", "--name", " ", "--scope", "read"),
        ("create", "lan", "--name", "A", "--scope", "everything"),
        ("create", "lan", "--name", "A"),
        ("create", "lan", "--name", "A", "--scope", "read", "--days", "0"),
        ("list", "--account", "khong-ai"),
        ("revoke", "000000000000"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    code, shown, complaint = run(*arguments)
    assert (code, shown) == (2, "")
    assert complaint.strip()
    assert "Traceback" not in complaint
    assert document(run("list", "--json")) == []
