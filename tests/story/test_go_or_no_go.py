"""May the units begin to operate? A committee at the command line asks, votes and closes; nobody does it alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import SPLIT, own_decision, write_decision
from conftest import Office
from offices import appoint

from checklists.people import PersonRole

SECRETARY, CHAIR, MEMBER, STRANGER = "thu-ky", "chu-tich", "uy-vien", "nguoi-la"
NUMBER = "01/QĐ-TN"
ABOUT = ("decision", "go-no-go")


@pytest.fixture
def committee(bangiao: Office, tmp_path: Path) -> Office:
    """Three of a province's committee, and a decision that is registered there."""
    file = write_decision(tmp_path, own_decision(NUMBER, predecessors=[SPLIT]))
    plan = bangiao(SECRETARY, "decision", "draft", file, "--json").document["plan_hash"]
    assert bangiao(CHAIR, "decision", "register", NUMBER, "--plan-hash", plan).code == 0
    with bangiao.wiring() as wiring:
        for account in (SECRETARY, CHAIR, MEMBER):
            appoint(wiring, account, PersonRole.COMMITTEE, "new:01")
    return bangiao


def test_a_committee_votes_and_the_outcome_follows_from_the_votes(committee: Office) -> None:
    bangiao = committee
    # There is nothing to judge by before the checklists are open.
    early = bangiao(CHAIR, *ABOUT, "open", NUMBER)
    assert (early.code, "chưa có danh mục" in early.complaint) == (1, True)
    bangiao.worker_comes()

    # The chair asks; the readiness of that moment is kept. Asking the same again changes nothing.
    asked = bangiao(CHAIR, *ABOUT, "open", NUMBER, "--json").document
    assert (asked["result"], asked["question"]["decided_for"]) == ("opened", "2025-07-01")
    assert asked["question"]["readiness"]["whole"]["settled"] == 0
    assert bangiao(CHAIR, *ABOUT, "open", NUMBER, "--json").document["result"] == "open_already"
    question = ("--question", asked["question"]["question"])

    # Somebody without a vote is refused, and so is a no without its reason.
    stranger = bangiao(STRANGER, *ABOUT, "vote", NUMBER, *question, "--choice", "go")
    assert (stranger.code, STRANGER in stranger.complaint) == (1, True)
    silent = bangiao(MEMBER, *ABOUT, "vote", NUMBER, *question, "--choice", "no_go")
    assert (silent.code, "lý do" in silent.complaint) == (2, True)
    said = bangiao(MEMBER, *ABOUT, "vote", NUMBER, *question, "--choice", "no_go", "--reason", "chưa sao lưu")
    assert (said.code, "chưa sao lưu" in said.said, "chưa đủ điều kiện" in said.said) == (0, True, True)
    assert bangiao(SECRETARY, *ABOUT, "vote", NUMBER, *question, "--choice", "go").code == 0

    # The member is persuaded. Whoever asked cannot close it; who closes has read every vote.
    changed = bangiao(
        MEMBER, *ABOUT, "vote", NUMBER, *question, "--choice", "conditions", "--reason", "xong trước 30/6", "--json"
    )
    assert changed.document["result"] == "voted_anew"
    own = bangiao(CHAIR, *ABOUT, "close", NUMBER, *question)
    assert (own.code, CHAIR in own.complaint) == (1, True)
    assert bangiao(SECRETARY, *ABOUT, "close", NUMBER, *question, "--seen", 2).code == 1
    closed = bangiao(SECRETARY, *ABOUT, "close", NUMBER, *question, "--seen", 3, "--json").document["question"]
    assert (closed["outcome"], closed["counted"]) == (
        "conditions",
        {"may_vote": 3, "go": 1, "conditions": 1, "no_go": 0},
    )
    late = bangiao(CHAIR, *ABOUT, "vote", NUMBER, *question, "--choice", "no_go", "--reason", "quá muộn")
    assert (late.code, SECRETARY in late.complaint) == (1, True)

    # It is all on record.
    shown = bangiao(STRANGER, *ABOUT, "show", NUMBER)
    assert (shown.code, "xong trước 30/6" in shown.said) == (0, True)
    assert len(bangiao(STRANGER, *ABOUT, "show", NUMBER, "--json").document[0]["votes"]) == 3
    assert bangiao(STRANGER, *ABOUT, "show", "99/KHÔNG").code == 2
