"""Levels that would speak to nobody: found before they fall, while there is time to assign somebody.

ladder + reach + directory + channels → **reachability** → `bangiao doctor`, the committee's page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from checklists.escalation.ladder import Audience, EscalationLadder
from checklists.escalation.preferences import Channel
from checklists.escalation.recipients import Directory, ReachedUnit, Recipient, recipients
from checklists.messages import Message


@dataclass(frozen=True, slots=True)
class UnreachableLevel:
    """A level none of whose own audience has a working channel. `instead`: who would be told (nobody, if empty)."""

    level: str
    to: Audience
    instead: tuple[Recipient, ...]
    finding: Message


def with_working_channel(channels: Mapping[str, Collection[Channel]]) -> frozenset[str]:
    """The accounts that can be reached by one channel at least."""
    return frozenset(account for account, own in channels.items() if any(one.works for one in own))


def unreachable_levels(
    ladder: EscalationLadder, chain: Sequence[ReachedUnit], directory: Directory, reachable: Collection[str]
) -> list[UnreachableLevel]:
    """Every level of the ladder that has nobody with a working channel, for steps held by the first unit of `chain`."""
    missing = []
    for level in ladder.levels:
        found = recipients(level.to, chain, directory, reachable=reachable)
        if found.widened:
            missing.append(UnreachableLevel(level.key, level.to, found.recipients, found.findings[0]))
    return missing
