"""What of a digest is shown: ten thousand overdue steps are one message with thirty of them and the count of the rest.

Facts of a digest → (**here**) → the namespaces its templates read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from heapq import nsmallest
from types import SimpleNamespace
from typing import Any

from notifiers.message_facts import DigestFacts, DigestGroup, DigestKind, StepFacts
from notifiers.message_values import seen, web_link

EACH_AT_LEAST = 3
"""Of every kind so many are shown, however many are overdue: what waits for a verifier must not drown."""


def seen_digest(digest: DigestFacts, language: str) -> Any:
    """The digest as its templates see it: kinds by urgency, in each the steps shown and how many `more` there are."""
    order = list(DigestKind)
    groups = sorted((group for group in digest.groups if group.count), key=lambda group: order.index(group.kind))
    shares = _shares([len(group.steps) for group in groups], digest.most_shown)
    return SimpleNamespace(
        groups=tuple(_seen_group(group, share, language) for group, share in zip(groups, shares, strict=True)),
        total=sum(group.count for group in groups),
        since=digest.since,
        until=digest.until,
        link=web_link(digest.link),
        command=seen(digest.command, language),
        checkpoint=seen(digest.checkpoint, language) if digest.checkpoint else None,
    )


def _seen_group(group: DigestGroup, share: int, language: str) -> Any:
    shown = nsmallest(share, group.steps, key=_urgency)
    return SimpleNamespace(
        kind=group.kind.value,
        steps=tuple(seen(step, language) for step in shown),
        count=group.count,
        more=group.count - len(shown),
    )


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """How many of each are shown: a few of every kind, then what is left over to the most urgent first."""
    shares = [0] * len(sizes)
    for ceiling in (EACH_AT_LEAST, most):
        for at, size in enumerate(sizes):
            wanted = min(size, ceiling) - shares[at]
            given = max(0, min(wanted, most - sum(shares)))
            shares[at] += given
    return shares


def _urgency(step: StepFacts) -> tuple[date, str]:
    return step.due_on or date.max, step.reference
