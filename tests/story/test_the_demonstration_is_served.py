"""Somebody who tries bangiao out: the demonstration ends with three links, and can be looked at again later, also after
its window was closed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

PATIENCE = 240.0
ORIGIN = {"sec-fetch-site": "same-origin"}


@pytest.mark.slow
def test_three_people_come_in_by_their_links_and_the_place_is_kept_however_it_ends(tmp_path: Path) -> None:
    own = {"BANGIAO_DATA_DIR": str(tmp_path), "BANGIAO_LANGUAGE": "en", "BANGIAO_WEB_PORT": "0"}
    command, said = [sys.executable, "-m", "bangiao.cli", "demo", "--serve"], tmp_path / "said.txt"
    with said.open("w") as file:
        running = subprocess.Popen(command, cwd=tmp_path, env=os.environ | own, stdout=file, stderr=file)
    try:
        links = links_in(said, running)
        for link in links:
            with httpx.Client(headers=ORIGIN, follow_redirects=True) as browser:
                assert browser.get(link).status_code == 200
                page = browser.post(link)
                assert (page.status_code, page.url.path) == (200, "/")
                assert "/sign-out" in page.text
    finally:
        running.terminate()
        running.wait(30)
    kept = (tmp_path / "demo" / "bangiao.toml").read_text(encoding="utf-8")
    assert str(tmp_path / "demo") in kept
    assert "clock" in kept


def links_in(said: Path, running: subprocess.Popen[bytes]) -> list[str]:
    """The three, once they are there."""
    until = time.monotonic() + PATIENCE
    while len(links := re.findall(r"http://\S+/enter/\S+", said.read_text())) < 3:
        assert running.poll() is None, said.read_text()[-2000:]
        assert time.monotonic() < until, said.read_text()[-2000:]
        time.sleep(0.5)
    return links
