"""`bangiao up`: a server that is ours alone, and a tree of processes that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prefect_office import PrefectApi, wait_for

from bangiao.settings import Settings, child_environment
from flows.engine.prefect_server import password
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
        assert len(children) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert [pid for pid in children if alive(pid)] == []


@pytest.mark.slow
def test_children_notice_that_their_parent_was_killed(sqlite_databases: object, tmp_path: Path) -> None:
    url = sqlite_databases.copy(tmp_path)  # type: ignore[attr-defined]
    with up(tmp_path, url) as process:
        children = wait_for(lambda: len(found := children_of(process.pid)) == 2 and found)
        process.kill()
        process.wait()
        wait_for(lambda: not any(alive(pid) for pid in children), seconds=20, saying="children gone")
