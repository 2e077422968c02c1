"""The tables of programs: tokens with their scope, subscriptions to events."""

from __future__ import annotations
