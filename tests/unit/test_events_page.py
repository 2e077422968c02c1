"""What docs/events.md tells receivers to do works: its Python and its openssl against our own signature."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from checklists.cloud_event import PREFIX, PUBLISHED, SUFFIX, facts_of, types_meant
from checklists.cloud_event_in import DECISION_ISSUED
from notifiers.event_hooks import signature_holds
from notifiers.hooks import signature

PAGE = Path(__file__).parents[2] / "docs" / "events.md"
SECRET = "bí mật của trung tâm $1"
BODY = '{"id":"step.completed:1:2","data":{"unit":"Phường Đại Mỗ"}}'.encode()


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def test_the_python_of_the_page_knows_a_genuine_event_from_all_others() -> None:
    told: dict[str, Any] = {}
    exec(block("python"), told)  # noqa: S102 - our own page
    is_genuine, now = told["is_genuine"], str(int(time.time()))
    good = signature(SECRET, now, BODY)
    assert is_genuine(SECRET, now, BODY, good)
    assert not is_genuine("another", now, BODY, good)
    assert not is_genuine(SECRET, now, BODY + b" ", good)
    assert not is_genuine(SECRET, now, BODY, good[:-1] + ("0" if good[-1] != "0" else "1"))
    old = str(int(time.time()) - 301)
    assert not is_genuine(SECRET, old, BODY, signature(SECRET, old, BODY))
    assert len(block("python").strip().splitlines()) <= 10


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed here")
def test_the_openssl_of_the_page_gives_our_signature(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_bytes(BODY)
    environment = {"TIMESTAMP": "1750122000", "SECRET": SECRET, "PATH": "/usr/bin:/bin:/usr/local/bin"}
    said = subprocess.run(
        ["sh", "-c", block("sh")], cwd=tmp_path, env=environment, capture_output=True, check=True, text=True
    )
    assert said.stdout.strip() == signature(SECRET, "1750122000", BODY)
    assert signature_holds(SECRET, "1750122000", BODY, said.stdout)


def test_the_page_names_the_type_that_comes_in_and_the_form_of_those_that_go_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert DECISION_ISSUED in text
    assert f"{PREFIX}step.completed{SUFFIX}" in text


def test_areas_and_single_types_can_be_asked_for_and_nothing_about_people_ever() -> None:
    assert types_meant([]) == list(PUBLISHED)
    assert types_meant(["step.completed"]) == ["step.completed"]
    assert set(types_meant(["minutes.*"])) == {"minutes.drafted", "minutes.confirmed", "minutes.final"}
    assert types_meant(["person.*", "session.began", "*", "nope"]) == []


def test_of_a_payload_only_facts_are_told() -> None:
    payload = {
        "step": "DAT-03, Phường Đại Mỗ",
        "reason": "chị Hoa ốm",
        "words": "gọi 0912",
        "drafted_by": "lan",
        "after": {"state": "blocked", "unblocker": "anh Tư", "expected_on": "2025-06-20"},
        "attached": [{"digest": "ab", "name": "hoa.pdf", "kind": "file", "size": 3}],
        "plan_hash": {"before": "a", "after": "b"},
        "something_new": "that nobody has looked at",
    }
    assert facts_of(payload) == {
        "after": {"state": "blocked", "expected_on": "2025-06-20"},
        "attached": [{"digest": "ab", "kind": "file", "size": 3}],
        "plan_hash": {"before": "a", "after": "b"},
    }
