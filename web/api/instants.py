"""Instants as programs read them."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(at: datetime) -> str:
    """In UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_or_none(at: datetime | None) -> str | None:
    return instant(at) if at else None
