"""Time, chance, the environment, Prefect and the commit each have one place. Everywhere else they are arguments."""

from __future__ import annotations

import ast

from sources import PACKAGES, ROOT, dotted, imported, nodes, place

CLOCK_AND_CHANCE = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "uuid.uuid1",
    "uuid.uuid4", "uuid4", "uuid1", "random.random", "os.urandom",
)  # fmt: skip
NOT_FOR_THE_DOMAIN = {
    "time",
    "random",
    "secrets",
    "os",
    "io",
    "pathlib",
    "socket",
    "subprocess",
    "threading",
    "logging",
}
ALONE = {"evidence/package/verify.py"}
"""Handed to auditors as one file; it keeps openssl from trusting the certificates of the machine it runs on."""
COMMIT_SITES = {"db/session.py", "db/unit_of_work.py"}


def test_the_domain_reads_no_clock_and_throws_no_dice() -> None:
    found = [place(file, node) for file, node in nodes(ast.Call, "checklists") if _ends_in(dotted(node.func))]
    assert found == []


def _ends_in(name: str) -> bool:
    return any(name == call or name.endswith("." + call) for call in CLOCK_AND_CHANCE)


def test_the_domain_imports_nothing_that_reaches_outside() -> None:
    imports = [*nodes(ast.Import, "checklists"), *nodes(ast.ImportFrom, "checklists")]
    reaching = [
        f"{place(file, node)} {name}"
        for file, node in imports
        for name in imported(node)
        if name.partition(".")[0] in NOT_FOR_THE_DOMAIN
    ]
    assert reaching == []


def test_rows_and_notices_take_the_time_as_an_argument() -> None:
    calls = nodes(ast.Call, "db", "notifiers")
    assert [place(file, node) for file, node in calls if _ends_in(dotted(node.func))] == []


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        str(file.relative_to(ROOT))
        for file, node in nodes(ast.Attribute)
        if dotted(node) in {"os.environ", "os.getenv", "os.putenv"}
    }
    assert readers - ALONE == {"bangiao/settings.py"}


def test_only_flows_import_prefect() -> None:
    imports = [*nodes(ast.Import), *nodes(ast.ImportFrom)]
    users = {
        file.relative_to(ROOT).parts[0]
        for file, node in imports
        if any(name.partition(".")[0] == "prefect" for name in imported(node))
    }
    assert users == {"flows"}


def test_there_is_one_place_that_commits() -> None:
    commits = [
        place(file, node)
        for file, node in nodes(ast.Call, *PACKAGES)
        if dotted(node.func).endswith(".commit") and str(file.relative_to(ROOT)) not in COMMIT_SITES
    ]
    assert commits == []
