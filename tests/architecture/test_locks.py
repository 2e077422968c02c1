"""The lock files install the same bytes in an office with its own mirror as here: exact, hashed, without addresses."""

from __future__ import annotations

import re
from functools import cache

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from sources import ROOT, project

RUNTIME, DEV, BUILD = "requirements.lock", "requirements-dev.lock", "requirements-build.lock"
EXTRAS = "requirements-extras.lock"
ALL = (RUNTIME, EXTRAS, DEV, BUILD)


@cache
def text(lock: str) -> str:
    return (ROOT / lock).read_text(encoding="utf-8")


@cache
def pins(lock: str) -> dict[str, set[Version]]:
    """Name → versions (a universal lock may hold one for each platform)."""
    found: dict[str, set[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text(lock), re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(Version(version))
    return found


@pytest.mark.parametrize("lock", ALL)
def test_a_lock_holds_no_address(lock: str) -> None:
    assert (
        re.findall(r"^.*(?:://|--index|--extra-index|--find-links|--trusted-host| @ ).*$", text(lock), re.MULTILINE)
        == []
    )


@pytest.mark.parametrize("lock", ALL)
def test_every_line_of_a_lock_is_an_exact_version_with_hashes(lock: str) -> None:
    requirements = re.sub(r"\\\n", "", re.sub(r"^\s*#.*\n", "", text(lock), flags=re.MULTILINE)).splitlines()
    loose = [
        line[:60] for line in requirements if line and not re.search(r"^\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ]
    assert requirements
    assert loose == []


def test_the_runtime_lock_satisfies_the_project() -> None:
    assert unsatisfied(project()["project"]["dependencies"], RUNTIME) == []


def test_the_lock_of_the_extras_satisfies_the_project_with_all_of_them() -> None:
    stated = project()["project"]
    extras = [each for extra in stated["optional-dependencies"].values() for each in extra]
    assert extras
    assert unsatisfied(stated["dependencies"] + extras, EXTRAS) == []


def test_the_development_lock_satisfies_the_project_and_its_tools() -> None:
    stated = project()
    assert unsatisfied(stated["project"]["dependencies"] + stated["dependency-groups"]["dev"], DEV) == []


def test_the_build_lock_brings_uv_and_the_build_backend() -> None:
    assert unsatisfied(["uv", *project()["build-system"]["requires"]], BUILD) == []


def unsatisfied(wanted: list[str], lock: str) -> list[str]:
    requirements = [Requirement(line) for line in wanted]
    return [
        str(requirement)
        for requirement in requirements
        if not any(
            requirement.specifier.contains(version)
            for version in pins(lock).get(canonicalize_name(requirement.name), ())
        )
    ]


def test_what_is_tested_is_what_runs() -> None:
    different = {name: versions for name, versions in pins(RUNTIME).items() if pins(DEV).get(name) != versions}
    assert different == {}
