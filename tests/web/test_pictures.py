"""The script that makes the pictures of the READMEs: its office can be made, and every page it goes to opens."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from browsing import pages_on

from checklists.units import UnitKey

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from pictured_office import make_office  # noqa: E402
from screenshots import FOLDER, LANGUAGES, LARGEST, pictures  # noqa: E402

SMALL, UNIT = ("1670/NQ-UBTVQH15",), UnitKey("old:03643")
"""Lai Châu, and a commune of it."""


def test_every_page_that_is_pictured_opens(tmp_path: Path) -> None:
    office = make_office(tmp_path, SMALL, UNIT, days=(17,))
    wanted = pictures(office)
    assert {one.name for one in wanted} >= {"cockpit", "units", "decision", "unit-lead", "step", "offline", "package"}
    with pages_on(office.wiring) as pages:
        for one in wanted:
            browser = pages.signed_in(one.account) if one.account else pages.browser()
            answer = browser.get(one.path)
            assert (one.name, answer.status_code) == (one.name, 200)
        changes = pages.signed_in("ban-chi-dao").get(f"/decisions/{office.changed}").text
        assert 'class="change"' in changes, "a drafted amendment is what this picture is of"


def test_the_pictures_that_the_readmes_show_are_there_small_and_described() -> None:
    made = {f"docs/pictures/{language}/{file.name}" for language in LANGUAGES for file in (FOLDER / language).iterdir()}
    shown: set[str] = set()
    for readme in ("README.md", "README.vi.md"):
        for tag in re.findall(r"<img [^>]*>", (ROOT / readme).read_text(encoding="utf-8")):
            source, words = re.search(r'src="([^"]+)"', tag), re.search(r'alt="([^"]{20,})"', tag)
            assert source, tag
            assert words, tag
            shown.add(source[1])
    assert shown
    assert shown == made
    assert [one for one in sorted(made) if (ROOT / one).stat().st_size > LARGEST] == []
