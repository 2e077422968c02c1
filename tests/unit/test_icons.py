"""The icons in the repository are those that the script draws from the mark."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_icons_are_as_the_script_draws_them() -> None:
    drawn = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "draw_icons.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (drawn.returncode, drawn.stderr) == (0, "")
