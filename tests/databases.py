"""Databases for tests, as a thing that fixtures hand around."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Databases:
    """Where databases come from on one kind of server: empty ones, and copies of the prepared one."""

    empty: Callable[[Path], str]
    copy: Callable[[Path], str]
    remove: Callable[[str], None]
