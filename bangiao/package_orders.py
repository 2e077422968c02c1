"""What somebody asks for when they ask for a package, and what they are told when it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from checklists.audit.leaf import canonical
from checklists.messages import Message
from checklists.package.scope import Scope


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """Who wants what, where. `reader`: whose roles must reach all of it; None for an operator of the installation.
    `anew`: also where nothing has changed. `row`: the order on record that this carries out."""

    scope: Scope
    target: Path
    by: str
    purpose: str = ""
    language: str = "vi"
    reader: str | None = None
    anew: bool = False
    row: str | None = None

    @property
    def scope_hash(self) -> str:
        """What makes two packages comparable: the same question, answered in the same language."""
        return hashlib.sha256(canonical([self.scope.filters(), self.language])).hexdigest()


def scope_of(filters: Mapping[str, Any]) -> Scope:
    """The scope whose `filters` these are."""
    days = {name: date.fromisoformat(filters[name]) for name in ("since", "until") if name in filters}
    return Scope(**{**filters, **days, "states": tuple(filters.get("states", ()))})


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of an order. `again`: nothing had changed, so that this is the package of before, byte for byte.
    `document` is its `scope.json`; `missing` counts what a complete record would have, by kind; `unstamped` says why
    there is no time stamp, where there should be one."""

    package: str
    target: Path
    again: bool
    as_of: datetime
    checkpoint_size: int
    tagmanifest_sha256: str
    bytes: int
    document: Mapping[str, Any]
    fingerprint: str
    missing: Mapping[str, int] = field(default_factory=dict)
    unstamped: Message | None = None
