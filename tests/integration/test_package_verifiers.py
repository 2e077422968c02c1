"""The two verifiers say yes to every good package, and never stumble over a bad one."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from package_samples import sealed_sample

from evidence.package import how_to_verify, verify
from evidence.package.canonical import canonical
from evidence.package.checking import Trusted, check_package
from evidence.package.checking_findings import Report
from evidence.package.errors import NotAPackage
from evidence.package.keys import PackageKey, make_key
from evidence.package.zipped import write_zip

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALWAYS_WRONG = {
    "hash",
    "bound",
    "dates",
    "missing",
    "reference",
    "row",
    "absent",
    "unnamed",
    "count",
    "bag-info",
    "withheld",
}
"""What samples, which are written for their looks, contradict: only real exports keep the rules between rows."""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> PackageKey:
    folder = tmp_path_factory.mktemp("key")
    return make_key(folder / "key", folder / "certificate", "Sở Nội vụ", NOW)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, key: PackageKey) -> Path:
    return sealed_sample(tmp_path_factory.mktemp("sample"), key)


def zipped(package: Path, target: Path) -> Path:
    with target.open("wb") as out:
        write_zip(package, package.name, out)
    return target


def findings(package: Path) -> list[Any]:
    return verify.verify(package, verify.arguments().parse_args([str(package)]))[0]


@settings(max_examples=150, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_fractions_are_written_as_canonical_json_asks(value: float) -> None:
    assert verify.exact({"a": [value]}) == canonical({"a": [value]})


_TEXTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_any_value_is_canonical_the_same_way_by_both(value: Any) -> None:
    try:
        told = canonical(value)
    except (ValueError, UnicodeEncodeError):
        return
    assert verify.exact(value) == told
    assert verify.parsed(told, "x", lambda *_: None) == value or value is None


class TestSpoiltAtRandom:
    """Bytes changed, put in, taken out, doubled: a finding or a plain refusal, never anything else."""

    @pytest.mark.parametrize("seed", range(12))
    def test_of_a_zip(self, sample: Path, tmp_path: Path, seed: int) -> None:
        good = zipped(sample, tmp_path / "good.zip").read_bytes()
        before = check_package(tmp_path / "good.zip", Trusted(), NOW)
        for number in range(12):
            bad = tmp_path / "bad.zip"
            bad.write_bytes(spoilt(good, chance(f"{seed}-{number}")))
            assert seen_by_the_file(bad), (seed, number)
            assert seen_by_the_product(bad, before), (seed, number)

    @pytest.mark.parametrize("seed", range(12))
    def test_of_rows(self, sample: Path, tmp_path: Path, seed: int) -> None:
        package = shutil.copytree(sample, tmp_path / sample.name)
        before = check_package(package, Trusted(), NOW)
        files = sorted(one for one in package.rglob("*") if one.suffix in {".jsonl", ".json", ".txt", ".vkey"})
        for number in range(12):
            random = chance(f"{seed}-{number}")
            file = random.choice(files)
            good = file.read_bytes()
            file.write_bytes(spoilt(good, random))
            if file.read_bytes() != good:
                assert seen_by_the_file(package), (seed, number, file.name)
                assert seen_by_the_product(package, before), (seed, number, file.name)
            file.write_bytes(good)


def chance(seed: str) -> Random:
    """The same every time."""
    return Random(seed)  # noqa: S311


def spoilt(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(changed) + 1)
        match random.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                changed[at:at] = random.randbytes(random.randint(1, 9))
            case 2:
                del changed[at : at + random.randint(1, 40)]
            case 3:
                changed[at:at] = changed[at : at + random.randint(1, 90)]
        if not changed:
            break
    return bytes(changed)


def seen_by_the_file(package: Path) -> bool:
    """As `main` does: these errors end in a sentence and exit code 2."""
    try:
        return bool(findings(package))
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return True


def seen_by_the_product(package: Path, before: Report) -> bool:
    """More than what it says of the sample anyway."""
    try:
        return not check_package(package, Trusted(), NOW).findings.keys() <= before.findings.keys()
    except NotAPackage:
        return True


def varied(folder: Path, number: int, key: PackageKey) -> Path:
    """One of many good packages: sizes, texts, what is left out, folder or ZIP."""
    random = chance(str(number))
    package = sealed_sample(
        folder, key, units=random.randint(1, 4), steps_each=random.randint(1, 7), left_out=random.random() < 0.5,
        hostile=random.random() < 0.5,
    )  # fmt: skip
    return zipped(package, folder / "package.zip") if random.random() < 0.5 else package


def no_false_alarm(tmp_path: Path, key: PackageKey, numbers: range) -> None:
    for number in numbers:
        folder = tmp_path / str(number)
        folder.mkdir()
        package = varied(folder, number, key)
        assert findings(package) == [], number
        report = check_package(package, Trusted(), NOW)
        assert [one for one in report.findings if one.code not in ALWAYS_WRONG] == [], number
        shutil.rmtree(folder)


def test_no_false_alarm_on_good_packages(tmp_path: Path, key: PackageKey) -> None:
    no_false_alarm(tmp_path, key, range(25))


@pytest.mark.slow
def test_no_false_alarm_on_a_thousand_good_packages(tmp_path: Path, key: PackageKey) -> None:
    no_false_alarm(tmp_path, key, range(25, 1025))


def test_the_hash_in_the_documentation_is_that_of_the_file() -> None:
    digest = hashlib.sha256(Path(verify.__file__).read_bytes()).hexdigest()
    told = (Path(__file__).parents[2] / "docs" / "package-format.md").read_text(encoding="utf-8")
    assert re.findall(r"\b[0-9a-f]{64}\b", told) == [digest]


def test_how_to_verify_names_the_hash_of_the_file(sample: Path) -> None:
    digest = hashlib.sha256(Path(verify.__file__).read_bytes()).hexdigest()
    for language in how_to_verify.LANGUAGES:
        assert f"{digest}  ../verify.py" in (sample / f"data/HOW-TO-VERIFY.{language}.txt").read_text(encoding="utf-8")
