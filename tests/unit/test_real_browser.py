"""How the tests come by a browser, tried with commands of our own and without a network."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from real_browser import A_DAY, found, main, obtained, of_the_system, tried_lately, ways


def command(folder: Path, name: str, script: str = "exit 0") -> Path:
    """An executable of this name."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which commands are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_browser_of_the_system_is_taken_and_nothing_is_installed(system: Path) -> None:
    chromium = command(system, "chromium")
    harm = command(system, "harm", f"/usr/bin/touch {system}/harmed")
    assert found() == str(chromium)
    assert obtained(found, [[(str(harm),)]]) == str(chromium)
    assert not (system / "harmed").exists()


def test_chrome_will_do_where_there_is_no_chromium(system: Path) -> None:
    assert of_the_system() is None
    chrome = command(system, "google-chrome")
    assert of_the_system() == str(chrome)


def test_the_ways_are_tried_in_their_order_until_one_brings_a_browser(system: Path) -> None:
    log = system / "log"
    fails = command(system, "fails", f"echo fails >> {log}; exit 1")
    nothing = command(system, "nothing", f"echo nothing >> {log}")
    brings = command(system, "brings", f"echo brings >> {log}; /bin/cp {nothing} {system}/chromium")
    never = command(system, "never", f"echo never >> {log}")
    tries = [[(str(fails),), (str(never),)], [("there-is-no-such-command",)], [(str(nothing),)], [(str(brings),)]]
    assert obtained(of_the_system, [*tries, [(str(never),)]]) == str(system / "chromium")
    assert log.read_text().split() == ["fails", "nothing", "brings"]


def test_a_way_that_never_ends_is_left(system: Path) -> None:
    waits = command(system, "waits", "exec /bin/sleep 60")
    assert obtained(of_the_system, [[(str(waits),)]], patience=0.2) is None


def test_only_root_on_debian_installs_packages() -> None:
    alone = [[(sys.executable, "-m", "playwright", "install", "chromium")]]
    assert ways(root=False, debian=True) == alone
    assert ways(root=True, debian=False) == alone
    everything = ways(root=True, debian=True)
    assert everything[:1] == alone
    assert [way[-1][:2] for way in everything[1:]] == [("apt-get", "install")] * 2


def test_what_came_to_nothing_is_not_tried_again_the_same_day(tmp_path: Path) -> None:
    note = tmp_path / "no-browser"
    assert not tried_lately(note, 0)
    note.touch()
    since = note.stat().st_mtime
    assert tried_lately(note, since + A_DAY - 1)
    assert not tried_lately(note, since + A_DAY + 1)


def test_make_test_begins_with_it() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert "tests/real_browser.py" in makefile.partition("\ntest:")[2].partition("pytest")[0]


def test_an_unsuccessful_search_is_no_failure_and_a_browser_ends_it(system: Path, tmp_path: Path) -> None:
    note = tmp_path / "cache" / "no-browser"
    log = system / "log"
    fails = [[(str(command(system, "fails", f"echo tried >> {log}; exit 1")),)]]
    assert [main(of_the_system, fails, note) for _ in range(2)] == [0, 0]
    assert note.exists()
    assert log.read_text().split() == ["tried"], "not a second time on the same day"
    command(system, "chromium")
    assert main(of_the_system, fails, note) == 0
    assert not note.exists()
