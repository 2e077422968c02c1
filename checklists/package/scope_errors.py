"""What is wrong with what somebody asked for, as sentences."""

from __future__ import annotations

from checklists.errors import BadInput


class UnitNotInRegister(BadInput):
    """There is no unit {key} in the register, so it has no evidence. Write GENERATION:CODE, for example new:00004;
    search with: bangiao units list --search NAME"""


class NotAProvince(BadInput):
    """{key} is in the register, but is not a province. Ask for it as a unit, or name its province."""


class NobodyNamed(BadInput):
    """Nobody has the account {account}, and nobody of that name ever acted. Correct the account; a package of a person
    holds what they did, what was done in their name, and what was sent to them."""


class UnknownStepState(BadInput):
    """A step is never in the state “{state}”. The states are: {known}."""


class EmptyPeriod(BadInput):
    """The period begins on {since} and ends on {until}, which is before it begins. Swap the two days."""
