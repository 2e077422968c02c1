"""What people call a step."""

from __future__ import annotations


def step_name(key: str, occurrence: int, counterpart: str | None, unit: str) -> str:
    """Its key, which time it is, whom it is for, and the unit."""
    times = f" ({occurrence})" if occurrence > 1 else ""
    return f"{key}{times}{f' → {counterpart}' if counterpart else ''}, {unit}"
