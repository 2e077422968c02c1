"""Whoever runs an installation gives people a way in from the command line, sees who is in, and ends it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from select import select as select_ready

import pytest
from conftest import Office
from sqlalchemy import select

from bangiao import own_account
from bangiao.invitations import accept
from bangiao.second_factor import code_at, secret_for
from bangiao.sign_in import Began, CodeWanted, Visitor, follow_link, sign_in
from checklists.sign_in import InvitationSpent, LinkSpent, WrongNameOrPassword
from db.models import EventRow
from db.session import begin_read

MOSTLY_EMBEDDED = True

GOOD, OTHER = "bốn từ dễ nhớ ghép lại", "mèo vàng leo cây cau cao"
WHO = "an.nguyen"


@pytest.fixture
def office(bangiao: Office) -> Office:
    assert bangiao("quan-tri", "user", "add", WHO, "--name", "Nguyễn Văn An", "--email", "an@example.vn").code == 0
    return bangiao


def types(office: Office, monkeypatch: pytest.MonkeyPatch, password: str, *words: str) -> int:
    """On standard input, as a program would."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    return office("quan-tri", "user", "password", WHO, "--stdin", *words).code


def enters(office: Office, password: str) -> Began | CodeWanted | None:
    with office.wiring() as wiring:
        try:
            return sign_in(wiring, WHO, password, Visitor("192.0.2.1", "điện thoại"))
        except WrongNameOrPassword:
            return None


def events_of(office: Office, kind: str) -> list[str]:
    with office.wiring() as wiring, begin_read(wiring.engine) as connection:
        return list(connection.scalars(select(EventRow.actor).where(EventRow.type == kind)))


def test_a_password_is_read_from_standard_input_and_ends_who_was_in(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert types(office, monkeypatch, GOOD) == 0
    assert isinstance(enters(office, GOOD), Began)
    assert types(office, monkeypatch, OTHER) == 0
    assert office("quan-tri", "user", "sessions", WHO, "--json").document["sessions"] == []
    assert (enters(office, GOOD), events_of(office, "password.set")) == (None, ["quan-tri", "quan-tri"])
    assert isinstance(enters(office, OTHER), Began)


@pytest.mark.parametrize("bad", ["ngắn", "", "password1234", "an@example.vn"])
def test_a_password_that_breaks_the_rules_changes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    assert types(office, monkeypatch, GOOD) == 0
    assert types(office, monkeypatch, bad) == 2
    assert isinstance(enters(office, GOOD), Began)


def test_without_a_terminal_and_without_stdin_a_password_is_not_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{GOOD}\n"))
    refused = office("quan-tri", "user", "password", WHO)
    assert refused.code == 2
    assert "--stdin" in refused.complaint
    assert enters(office, GOOD) is None


def test_typed_at_a_terminal_it_is_asked_for_twice_and_not_shown(office: Office) -> None:
    told = typed_at_a_terminal(office, GOOD, GOOD)
    assert told[0] == 0
    assert GOOD not in told[1]
    assert isinstance(enters(office, GOOD), Began)
    assert typed_at_a_terminal(office, OTHER, f"{OTHER} khác")[0] == 2
    assert enters(office, OTHER) is None


def typed_at_a_terminal(office: Office, *lines: str) -> tuple[int, str]:
    """The real command at a pseudo-terminal; its exit code and all that the terminal showed."""
    with office.wiring() as wiring:
        settings = {"DATABASE_URL": wiring.settings.database_url, "DATA_DIR": str(wiring.settings.data_dir)}
    environment = {**os.environ, **{f"BANGIAO_{name}": value for name, value in settings.items()}}
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bangiao.cli", "user", "password", WHO]
    running = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True, close_fds=True
    )
    os.close(theirs)
    shown = b""
    for line in lines:
        asked = b""
        while not asked.rstrip().endswith(b":") and (chunk := _read(ours)):
            asked += chunk
        os.write(ours, f"{line}\n".encode())
        shown += asked
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    return running.wait(60), shown.decode(errors="replace")


def _read(descriptor: int) -> bytes:
    """Nothing once the other side is closed, or says nothing for a long time."""
    try:
        ready, _, _ = select_ready([descriptor], [], [], 30.0)
        return os.read(descriptor, 1024) if ready else b""
    except OSError:
        return b""


def test_nobody_unknown_gets_a_way_in(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{GOOD}\n"))
    for words in (["password", "--stdin"], ["sign-in-link"], ["sessions"], ["second-factor", "--remove"], ["invite"]):
        refused = office("quan-tri", "user", words[0], "khong-ai", *words[1:])
        assert (refused.code, refused.out) == (2, "")


def test_a_link_signs_in_once_and_not_where_people_work_in_earnest(office: Office) -> None:
    document = office("quan-tri", "user", "sign-in-link", WHO, "--json").document
    assert document["minutes"] == 30
    token = document["link"].rpartition("/enter/")[2]
    with office.wiring() as wiring:
        assert follow_link(wiring, token, Visitor()).session.account == WHO
        with pytest.raises(LinkSpent):
            follow_link(wiring, token, Visitor())
    earnest = {"LINK_BASE": "https://bangiao.example.vn"}
    refused = office("quan-tri", "user", "sign-in-link", WHO, **earnest)
    assert (refused.code, refused.out) == (2, "")
    allowed = office("quan-tri", "user", "sign-in-link", WHO, "--allow", **earnest)
    assert "https://bangiao.example.vn/enter/" in allowed.said


def test_where_somebody_is_signed_in_is_listed_and_ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert types(office, monkeypatch, GOOD) == 0
    assert "không đăng nhập" in office("quan-tri", "user", "sessions", WHO).said.lower()
    enters(office, GOOD)
    enters(office, GOOD)
    listed = office("quan-tri", "user", "sessions", WHO)
    assert listed.said.count("điện thoại") == 2
    assert "17/06/2025" in listed.said
    ended = office("quan-tri", "user", "sessions", WHO, "--end", "--json").document
    assert (ended["ended"], [one["by"] for one in ended["sessions"]]) == (2, ["password", "password"])
    assert office("quan-tri", "user", "sessions", WHO, "--json").document["sessions"] == []
    assert events_of(office, "session.ended") == ["quan-tri"]
    assert {name for one in ended["sessions"] for name in one} == {"began", "seen", "device", "by"}, "no token, no hash"


def test_a_lost_second_factor_is_removed_and_on_record(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert types(office, monkeypatch, GOOD) == 0
    began = enters(office, GOOD)
    assert isinstance(began, Began)
    secret = secret_for(began.token, "once")
    with office.wiring() as wiring:
        own_account.add_second_factor(wiring, began.session, GOOD, secret, code_at(secret, wiring.now()))
    assert isinstance(enters(office, GOOD), CodeWanted)
    assert office("quan-tri", "user", "second-factor", WHO).code == 2, "it must be said"
    assert office("quan-tri", "user", "second-factor", WHO, "--remove", "--json").document["changed"] is True
    assert isinstance(enters(office, GOOD), Began)
    again = office("quan-tri", "user", "second-factor", WHO, "--remove", "--json").document
    assert again == {"account": WHO, "changed": False}
    assert events_of(office, "second_factor.removed") == ["quan-tri"]


def test_an_invitation_is_shown_to_be_handed_over_and_good_once(office: Office) -> None:
    document = office("quan-tri", "user", "invite", WHO, "--json").document
    assert document["sent_to"] is None
    token = document["link"].rpartition("/invitation/")[2]
    with office.wiring() as wiring:
        began = accept(wiring, token, (GOOD, GOOD), Visitor())
        assert began is not None
        with pytest.raises(InvitationSpent):
            accept(wiring, token, (OTHER, OTHER), Visitor())
    assert isinstance(enters(office, GOOD), Began)
    assert "/invitation/" in office("quan-tri", "user", "invite", WHO).said
    nowhere = office("quan-tri", "user", "invite", WHO, "--channel", "thu")
    assert nowhere.code == 2
    assert "BANGIAO_LINK_BASE" in nowhere.complaint
    base = {"LINK_BASE": "https://bangiao.example.vn"}
    assert office("quan-tri", "user", "invite", WHO, "--channel", "thu", **base).code == 2
