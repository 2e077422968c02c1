"""Good packages verify, spoilt ones do not: by verify.py, by `bangiao evidence verify`, and by stock commands."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from clocks import SetClock
from cryptography import x509
from databases import Databases
from exports import UNIT, content, exported, unpacked
from package_office import worked_office
from package_tampering import (
    ALL,
    IN_A_FOLDER,
    SEALED_AGAIN,
    ZIPPED,
    Mutation,
    Place,
    row_changed,
    then_sealed,
    time_stamp_authority,
)

from bangiao.audit_keys import keys_path
from bangiao.package_keys import make_package_key, package_key
from bangiao.package_redaction import RedactionOrder, redact
from bangiao.settings import Settings, child_environment
from bangiao.wiring import Wiring, wire
from checklists.audit.checkpoint import parse_checkpoint
from checklists.package.scope import Scope
from evidence.package import verify
from evidence.package.checking import Trusted, check_package
from evidence.package.checking_findings import Report
from evidence.package.checking_log import keys_in
from evidence.package.errors import NotAPackage
from evidence.package.keys import PackageKey, make_key
from evidence.package.redaction import PERSONAL
from evidence.package.seal import SIGNATURE, TOKEN

sys.path.append(str(Path(__file__).parents[1] / "unit"))
from test_how_to_verify import run, text_of


@dataclass(frozen=True)
class Auditor:
    """What reached the auditor by another way, and packages to look at."""

    wiring: Wiring
    home: Path
    package: Path
    zipped: Path
    older: Path
    other: Path
    certificate: Path
    log_key: Path
    checkpoint: Path
    authority: Path
    stranger: PackageKey

    @property
    def options(self) -> list[str]:
        given = {"certificate": self.certificate, "log-key": self.log_key, "checkpoint": self.checkpoint}
        return [
            word for name, file in (given | {"tsa-ca": self.authority}).items() for word in (f"--{name}", str(file))
        ]

    def by_the_file(self, package: Path) -> int:
        """verify.py in a process of its own, under nobody's Python path."""
        command = [sys.executable, "-I", verify.__file__, str(package), *self.options, "--json"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert "Traceback" not in told.stderr
        return told.returncode

    def by_the_product(self, package: Path) -> Report | None:
        """None for what cannot be read as a package."""
        trusted = Trusted(
            tuple(x509.load_pem_x509_certificates(self.certificate.read_bytes())),
            tuple(keys_in(self.log_key.read_text(encoding="utf-8"))),
            (parse_checkpoint(self.checkpoint.read_text(encoding="utf-8")),),
            tuple(x509.load_pem_x509_certificates(self.authority.read_bytes())),
        )
        try:
            return check_package(package, trusted, datetime.now(UTC))
        except NotAPackage:
            return None

    def by_stock_commands(self, package: Path) -> list[str]:
        """The commands of the true package's text, up to where verify.py begins, that answer otherwise."""
        shutil.copyfile(self.authority, package.parent / "tsa.pem")
        stock = text_of(self.package, "en").split("\n7. ")[0]
        if (package / TOKEN).exists():
            stock = stock.replace(f"  | {SIGNATURE}\n", f"  | {SIGNATURE}\n  | {TOKEN}\n")
        return run(package, stock)


@pytest.fixture(scope="module")
def auditor(sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Auditor]:
    """A worked office, of which a unit's package is stamped, sealed and taken away; and two more packages."""
    home = tmp_path_factory.mktemp("auditor")
    settings = Settings(data_dir=home / "data", database_url=sqlite_databases.copy(home), actor="thu-ky")
    settings.data_dir.mkdir()
    wiring = replace(wire(settings), clock=SetClock())
    worked_office(wiring, home)
    make_package_key(wiring, "Sở Nội vụ thử")
    pem, stamp = time_stamp_authority(home / "tsa")
    made = {}
    for name, scope in (
        ("older", Scope(unit=UNIT)),
        ("other", Scope(decision="02/QĐ-TN")),
        ("newest", Scope(unit=UNIT)),
    ):
        made[name] = exported(wiring, home / f"{name}.zip", scope, anew=name == "newest").target
    folders = {name: unpacked(target, home / name) for name, target in made.items()}
    for folder in folders.values():
        (folder / TOKEN).write_bytes(stamp((folder / SIGNATURE).read_bytes()))
    held = shutil.copy(max((folders["newest"] / "data/checkpoints").glob("*.txt")), home / "held.txt")
    yield Auditor(
        wiring, home, folders["newest"], made["newest"], folders["older"], folders["other"],
        settings.sealing_package_certificate, keys_path(settings), Path(held), pem,
        make_key(home / "s.key", home / "s.pem", "Sở Nội vụ thử", datetime.now(UTC)),
    )  # fmt: skip
    wiring.engine.dispose()


def spoilt(auditor: Auditor, mutation: Mutation, folder: Path) -> Path:
    (folder / "here").mkdir()
    package = folder / "here" / (auditor.zipped.name if mutation.zipped else auditor.package.name)
    if mutation.zipped:
        shutil.copyfile(auditor.zipped, package)
    else:
        shutil.copytree(auditor.package, package)
    mutation.spoil(Place(package, package_key(auditor.wiring), auditor.stranger, auditor.older, auditor.other))
    return package


def test_the_good_packages_hold_for_everybody(auditor: Auditor, tmp_path: Path) -> None:
    for number, package in enumerate((auditor.package, auditor.zipped)):
        assert auditor.by_the_file(package) == 0
        report = auditor.by_the_product(package)
        assert report is not None
        assert (list(report.findings), report.entries > 0) == ([], True)
        shutil.copytree(auditor.package, tmp_path / str(number) / auditor.package.name)
    assert auditor.by_stock_commands(tmp_path / "0" / auditor.package.name) == []


def test_the_matrix_has_many_ways_to_spoil_a_package() -> None:
    names = [one.name for one in ALL]
    assert len(set(names)) == len(names) >= 80


@pytest.mark.parametrize("mutation", IN_A_FOLDER + SEALED_AGAIN, ids=lambda one: one.name)
def test_a_spoilt_folder_is_caught(auditor: Auditor, mutation: Mutation, tmp_path: Path) -> None:
    package = spoilt(auditor, mutation, tmp_path)
    assert auditor.by_the_file(package) == 3
    report = auditor.by_the_product(package)
    assert report is not None
    assert report.findings
    seen = auditor.by_stock_commands(package)
    assert bool(seen) != bool(mutation.unseen), seen


@pytest.mark.parametrize("mutation", ZIPPED, ids=lambda one: one.name)
def test_a_spoilt_zip_is_caught(auditor: Auditor, mutation: Mutation, tmp_path: Path) -> None:
    package = spoilt(auditor, mutation, tmp_path)
    assert auditor.by_the_file(package) in {2, 3}
    report = auditor.by_the_product(package)
    assert report is None or report.findings
    assert seen_by_unpacking(auditor, package, tmp_path / "out") != bool(mutation.unseen)


def seen_by_unpacking(auditor: Auditor, package: Path, folder: Path) -> bool:
    """Whether the unpacking, or a stock command afterwards, says that something is wrong."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
        return True
    stock = text_of(auditor.package, "en").split("\n6. ")[0]
    return bool(run(folder / auditor.package.name, stock))


def command(auditor: Auditor, *words: str) -> subprocess.CompletedProcess[str]:
    environment = child_environment(auditor.wiring.settings)
    return subprocess.run(
        [sys.executable, "-m", "bangiao.cli", "evidence", "verify", *words],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_command_says_what_holds_what_does_not_and_what_could_not_be_read(auditor: Auditor, tmp_path: Path) -> None:
    good = command(auditor, str(auditor.package), "--json")
    assert (good.returncode, json.loads(good.stdout)["holds"]) == (0, True), good.stderr
    due = next(one for one in IN_A_FOLDER if one.name == "a due date")
    bad = command(auditor, str(spoilt(auditor, due, tmp_path)), "--json", *auditor.options)
    assert bad.returncode == 3
    told = {(one["code"], one["where"]) for one in json.loads(bad.stdout)["findings"]}
    assert ("altered", "data/steps.jsonl") in told
    assert any(code == "dates" for code, _ in told)
    (tmp_path / "x.zip").write_bytes(b"x")
    unreadable = command(auditor, str(tmp_path / "x.zip"))
    assert (unreadable.returncode, unreadable.stdout) == (2, "")


def test_an_older_package_holds_until_a_newer_checkpoint_is_given(auditor: Auditor) -> None:
    assert command(auditor, str(auditor.older)).returncode == 0
    assert command(auditor, str(auditor.older), "--checkpoint", str(auditor.checkpoint)).returncode == 3


def only_ours(change: Callable[[dict[str, object]], object], name: str) -> Mutation:
    return Mutation(name, then_sealed(row_changed("steps", lambda rows: [change(row) for row in rows])))


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("lateness", "late_working_days", 7),
        ("overdue", "overdue_working_days", None),
        ("finished", "finished_on", "2025-01-01"),
        ("type", "occurrence", "1"),
        ("checklist", "checklist", "999"),
        ("calendar", "due_on", "2025-06-01"),
    ],
)
def test_rows_that_contradict_themselves_are_caught_by_the_product_even_if_the_office_sealed_them(
    auditor: Auditor, tmp_path: Path, name: str, field: str, value: object
) -> None:
    package = spoilt(auditor, only_ours(lambda row: row.update({field: value}), name), tmp_path)
    report = auditor.by_the_product(package)
    assert report is not None
    assert any(one.where.startswith("steps.jsonl") for one in report.findings)


def test_a_redacted_package_holds_and_a_value_more_left_out_is_caught(auditor: Auditor, tmp_path: Path) -> None:
    order = RedactionOrder(auditor.zipped, tmp_path / "red.zip", frozenset(PERSONAL), frozenset(), "Luật", "thu-ky")
    redact(auditor.wiring, order)
    assert auditor.by_the_file(order.target) == 0
    report = auditor.by_the_product(order.target)
    assert report is not None
    assert list(report.findings) == []


SCOPES = (
    Scope(),
    Scope(decision="01/QĐ-TN"),
    Scope(province="new:01", states=("done", "blocked")),
    Scope(unit="new:00634"),
    Scope(person="lead-old-00634"),
    Scope(unit=UNIT, since=date(2025, 6, 18), until=date(2025, 6, 30)),
    Scope(overdue=True, decision="02/QĐ-TN"),
    Scope(unit=UNIT, states=("blocked", "ready")),
)


def test_real_packages_of_every_scope_hold(auditor: Auditor, tmp_path: Path) -> None:
    for number, scope in enumerate(SCOPES):
        name = f"{number}.zip" if number % 2 else str(number)
        made = exported(auditor.wiring, tmp_path / name, scope, language="en" if number % 3 else "vi")
        (tmp_path / "held.txt").write_bytes(content(made.target)[f"data/checkpoints/{made.checkpoint_size:012d}.txt"])
        auditor = replace(auditor, checkpoint=tmp_path / "held.txt")
        report = auditor.by_the_product(made.target)
        assert report is not None
        assert (number, list(report.findings)) == (number, [])
        assert (number, auditor.by_the_file(made.target)) == (number, 0)
