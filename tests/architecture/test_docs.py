"""What the pages promise is there: links, commands, settings, words; and the two READMEs say the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest
from sources import ROOT, tracked_files

from bangiao.cli import build_app
from bangiao.settings import Settings
from checklists.events import CONSUMERS

PAGES = [file for file in tracked_files() if file.suffix == ".md"]
READMES = [ROOT / "README.md", ROOT / "README.vi.md"]
VOCABULARY = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


def test_every_file_that_the_data_flow_names_is_there() -> None:
    text = (ROOT / "docs" / "data-flow.md").read_text(encoding="utf-8") + VOCABULARY
    named = set(re.findall(r"`((?:bangiao|checklists|db|evidence|flows|notifiers|scripts|tests|docs)/[\w./-]*)`", text))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_every_command_is_in_the_readme(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    commands = [name for name in build_app() if not name.startswith("-")]
    assert commands
    assert [name for name in commands if f"`bangiao {name}" not in text] == []


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_every_command_that_the_readme_shows_exists(readme: Path) -> None:
    shown = set(re.findall(r"`bangiao ([a-z-]+)", readme.read_text(encoding="utf-8")))
    assert sorted(shown - set(build_app())) == []


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_the_readme_lists_exactly_the_settings_there_are(readme: Path) -> None:
    listed = set(re.findall(r"^\| `BANGIAO_([A-Z0-9_]+)`", readme.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {setting.name.upper() for setting in fields(Settings)} | {"CONFIG"}


def test_the_two_readmes_are_twins() -> None:
    english, vietnamese = (_shape(page.read_text(encoding="utf-8")) for page in READMES)
    assert json.dumps(english, indent=1) == json.dumps(vietnamese, indent=1)


def _shape(text: str) -> dict[str, list[str] | int]:
    """What translation leaves alone: how many sections and table rows, and which commands, settings and files."""
    return {
        "sections": len(re.findall(r"^## ", text, re.MULTILINE)),
        "table rows": len(re.findall(r"^\|", text, re.MULTILINE)),
        "numbered lines": len(re.findall(r"^\d\. ", text, re.MULTILINE)),
        "code": sorted(set(re.findall(r"`([^`\n]+)`", text))),
        "links": sorted(re.findall(r"\]\(((?!README)[^)]+)\)", text)),
    }


def test_every_word_stands_for_one_thing() -> None:
    things = re.findall(r"^\| ([A-Z][^|]*?) \| ([^|]*?) \|", VOCABULARY, re.MULTILINE)
    things = [(english, vietnamese) for english, vietnamese in things if english not in {"English", "Event", "State"}]
    assert len(things) > 40
    for column in (0, 1):
        twice = [word for word, count in Counter(thing[column].casefold() for thing in things).items() if count > 1]
        assert twice == []


def test_every_event_is_in_the_vocabulary() -> None:
    assert sorted(event for event in CONSUMERS if f"| `{event}` |" not in VOCABULARY) == []


def test_the_vocabulary_says_who_hears_of_an_event() -> None:
    told = {
        line.split("|")[1].strip(" `"): line.split("|")[3].strip() for line in VOCABULARY.splitlines() if "| `" in line
    }
    heard = {
        event: ", ".join(f"`{one}`" for one in consumers) or "the record" for event, consumers in CONSUMERS.items()
    }
    assert {event: told[event] for event in CONSUMERS} == heard


def test_an_adr_is_short_and_has_its_three_parts() -> None:
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 60, page.name
        assert all(part in text for part in ("## Context", "## Decision", "## Consequences")), page.name
