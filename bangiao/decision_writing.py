"""A decision written field by field → the YAML that `bangiao.decision_files` reads, also while it lacks something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

_WIDE = 10_000


def as_yaml(content: Mapping[str, Any]) -> str:
    """Fields in their order, one line for each row of successions."""
    head = {name: value for name, value in content.items() if name != "successions"}
    rows = "".join(f"- {_flow(row)}\n" for row in content.get("successions", ()))
    return f"{yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=_WIDE)}successions:\n{rows}"


def _flow(row: list[str]) -> str:
    return yaml.safe_dump(list(row), allow_unicode=True, default_flow_style=True, width=_WIDE).strip()
