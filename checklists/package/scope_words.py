"""What somebody asked for, in words: for `scope.json`, the report and the list of rows left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checklists.messages import Message
from checklists.package.records import Words
from checklists.package.scope import Scope
from checklists.package.words import Bilingual
from checklists.steps import StepState, state_words


def scope_words(scope: Scope, unit_names: Mapping[str, str], bilingual: Bilingual) -> Words:
    """Each filter in turn; `unit_names` has the names of the units that it names by key."""
    return bilingual.join(list(_filters(scope, unit_names)) or [Message("the whole record, nothing filtered")])


def _filters(scope: Scope, unit_names: Mapping[str, str]) -> Iterator[Message]:
    if scope.decision:
        yield Message("decision {number}", {"number": scope.decision})
    if scope.province:
        said = {"name": unit_names.get(scope.province, ""), "key": scope.province}
        yield Message("province {name} ({key}), with all units below it and those that it took over", said)
    if scope.unit:
        said = {"name": unit_names.get(scope.unit, ""), "key": scope.unit}
        yield Message("unit {name} ({key}): its checklists, and what it holds now", said)
    if scope.person:
        yield Message(
            "what {account} did, what was done in their name, and what was sent to them", {"account": scope.person}
        )
    yield from _period(scope)
    if scope.states:
        states = tuple(state_words(StepState(one)) for one in sorted(scope.states))
        yield Message("steps in these states: {states}", {"states": states})
    if scope.overdue:
        yield Message("only steps that are overdue")


def _period(scope: Scope) -> Iterator[Message]:
    if scope.since and scope.until:
        yield Message("what happened from {since} to {until}", {"since": scope.since, "until": scope.until})
    elif scope.since:
        yield Message("what happened from {since} on", {"since": scope.since})
    elif scope.until:
        yield Message("what happened until {until}", {"until": scope.until})
