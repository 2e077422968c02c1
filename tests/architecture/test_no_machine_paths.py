"""The repository is at home on every machine: no paths of one, no registry hosts, in any file that is committed."""

from __future__ import annotations

import re

from sources import ROOT, tracked_files

FOREIGN = re.compile(
    rb"/(?:work|root)/|/home/[a-z]|/Users/[A-Z]|pypi\.org|pythonhosted\.org|registry\.npmjs|/opt/(?:pypi|wheels)|localhost:\d+/simple"
)
THIS_FILE = ROOT / "tests" / "architecture" / "test_no_machine_paths.py"


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    texts = (file for file in tracked_files() if file != THIS_FILE and b"\0" not in file.read_bytes()[:4096])
    found = {str(file.relative_to(ROOT)): match[0] for file in texts if (match := FOREIGN.search(file.read_bytes()))}
    assert found == {}
