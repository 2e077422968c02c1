"""The tables of steering: saved views, go or no go."""

from __future__ import annotations
