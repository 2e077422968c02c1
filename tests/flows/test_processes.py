"""`bangiao up`: a server that is ours alone, and a tree of processes that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prefect_office import PrefectApi, wait_for

from bangiao.settings import Settings, child_environment
from flows.engine.prefect_server import home, password
from flows.engine.processes import Child
from flows.engine.stack import AlreadyRunning, Stack, running_stack


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def children_of(pid: int) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.add(int(stat.parent.name))
    return found


def test_nothing_is_answered_without_the_password(stack: Stack) -> None:
    assert stack.address
    asked = (
        "admin/version",
        "admin/settings",
        "csrf-token?client=x",
        "deployments/name/open-checklists/open-checklists",
    )
    assert {httpx.get(f"{stack.address.api}/{one}").status_code for one in asked} == {401}


def test_a_write_needs_a_token_against_forged_requests(stack: Stack) -> None:
    assert stack.address
    user, _, secret = password(stack.settings).partition(":")
    answer = httpx.post(f"{stack.address.api}/flow_runs/filter", json={}, auth=(user, secret))
    assert answer.status_code == 403


def test_the_password_is_for_us_alone_and_stays(stack: Stack) -> None:
    file = stack.settings.data_dir / "prefect" / "auth"
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_text(encoding="utf-8") == password(stack.settings)
    assert len(password(stack.settings)) > 40


@pytest.mark.parametrize("left", ["", "\n"])
def test_an_empty_password_of_a_start_that_died_is_replaced(tmp_path: Path, left: str) -> None:
    file = home(Settings(data_dir=tmp_path)) / "auth"
    file.write_text(left, encoding="utf-8")
    file.with_suffix(".new").write_text("bangiao:half", encoding="utf-8")
    made = password(Settings(data_dir=tmp_path))
    assert made.startswith("bangiao:")
    assert len(made) > 40
    assert file.read_text(encoding="utf-8") == made
    assert file.stat().st_mode & 0o077 == 0


def test_all_who_ask_first_get_the_same_password(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: password(Settings(data_dir=tmp_path)), range(32)))
    assert len(set(made)) == 1
    assert len(made[0]) > 40


def test_the_server_listens_on_loopback_and_tells_nobody(stack: Stack) -> None:
    assert stack.server
    environment = Path(f"/proc/{stack.server.pid}/environ").read_text(encoding="utf-8").split("\0")
    assert {"DO_NOT_TRACK=1", "PREFECT_SERVER_ANALYTICS_ENABLED=false"} <= set(environment)
    assert f"PREFECT_HOME={stack.settings.data_dir / 'prefect'}" in environment
    assert listeners(stack.server.pid) == {"0100007F"}


def listeners(pid: int) -> set[str]:
    """The local addresses (hexadecimal, as Linux writes them) on which the process listens."""
    opened = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {one.removeprefix("socket:[").rstrip("]") for one in opened if one.startswith("socket:")}
    tables = [Path(f"/proc/{pid}/net/{name}").read_text(encoding="utf-8") for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table.splitlines()]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


def test_the_servers_settings_are_prefects_own_names(prefect: PrefectApi) -> None:
    settings = prefect.client.get("/admin/settings").json()
    assert settings["server"]["analytics_enabled"] is False
    assert settings["server"]["services"]["task_run_recorder"]["batch_size"] == 100
    assert settings["server"]["services"]["event_persister"]["batch_size"] == 500
    assert settings["server"]["api"]["csrf_protection_enabled"] is True
    assert settings["server"]["ui"]["show_promotional_content"] is False


def test_one_tree_per_data_directory(stack: Stack) -> None:
    with pytest.raises(AlreadyRunning, match=str(os.getpid())), running_stack(stack.settings):
        pass


def test_a_child_that_dies_starts_again(stack: Stack, prefect: PrefectApi) -> None:
    assert stack.server
    died = stack.server.pid
    os.kill(died, signal.SIGKILL)
    wait_for(lambda: stack.server and stack.server.alive and stack.server.pid != died, saying="a new server")
    stack.wait_until_ready()
    assert prefect.client.get("/admin/version").status_code == 200


def test_a_number_that_is_somebody_elses_by_now_is_left_alone(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    ended.wait()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        ended.pid = other.pid  # as the system may hand it out again
        Child("ended", "this", (), dict, tmp_path / "log", process=ended).stop()
        assert alive(other.pid)
        other.kill()


@contextmanager
def up(folder: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    settings = Settings(data_dir=folder, database_url=url, language="en")
    process = subprocess.Popen(
        [sys.executable, "-m", "bangiao.cli", "up"],
        env=child_environment(settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_up_starts_and_stops_and_leaves_no_process(sqlite_databases: object, tmp_path: Path) -> None:
    url = sqlite_databases.copy(tmp_path)  # type: ignore[attr-defined]
    with up(tmp_path, url) as process:
        assert process.stderr
        lines = iter(process.stderr.readline, "")
        assert next(line for line in lines if line.startswith("Ready after"))
        children = children_of(process.pid)
        assert len(children) == 5  # server, worker, sender, watch, pages
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert [pid for pid in children if alive(pid)] == []


@pytest.mark.slow
def test_children_notice_that_their_parent_was_killed(sqlite_databases: object, tmp_path: Path) -> None:
    url = sqlite_databases.copy(tmp_path)  # type: ignore[attr-defined]
    with up(tmp_path, url) as process:
        children = wait_for(lambda: len(found := children_of(process.pid)) == 4 and found)
        process.kill()
        process.wait()
        wait_for(lambda: not any(alive(pid) for pid in children), seconds=20, saying="children gone")


DEMONSTRATION = """
import sys
from bangiao.demo_stack import stack_beside
from bangiao.settings import load_settings
with stack_beside(load_settings(), stops_within=2):
    sys.stdin.readline()
"""


@contextmanager
def demonstration(folder: Path, url: str) -> Iterator[tuple[subprocess.Popen[str], int, set[int]]]:
    """A process that runs `bangiao up` beside itself, the number of that, and those of its children."""
    process = subprocess.Popen(
        [sys.executable, "-c", DEMONSTRATION],
        env=child_environment(Settings(data_dir=folder, database_url=url)),
        stdin=subprocess.PIPE,
        text=True,
    )
    try:
        (beside,) = wait_for(lambda: children_of(process.pid))
        yield process, beside, wait_for(lambda: len(found := children_of(beside)) == 3 and found)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_a_demonstration_that_was_killed_leaves_no_process(sqlite_databases: object, tmp_path: Path) -> None:
    url = sqlite_databases.copy(tmp_path)  # type: ignore[attr-defined]
    with demonstration(tmp_path, url) as (process, beside, children):
        process.kill()
        process.wait()
        wait_for(lambda: not any(alive(pid) for pid in {beside, *children}), seconds=30, saying="all gone")


@pytest.mark.slow
def test_what_does_not_stop_in_time_is_killed_with_its_children(sqlite_databases: object, tmp_path: Path) -> None:
    url = sqlite_databases.copy(tmp_path)  # type: ignore[attr-defined]
    with demonstration(tmp_path, url) as (process, beside, children):
        os.kill(beside, signal.SIGSTOP)  # hears no SIGTERM any more
        process.communicate("\n", timeout=20)
        assert process.returncode == 0
        wait_for(lambda: not any(alive(pid) for pid in {beside, *children}), seconds=20, saying="all gone")
