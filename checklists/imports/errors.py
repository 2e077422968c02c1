"""What makes a table of units refusable: one class per broken rule, each with its sentence."""

from __future__ import annotations

from checklists.errors import BadInput


class UnknownTable(BadInput):
    """a table with the columns {found} is not known. Units need {units}; successions need {successions}; changes need
    {changes}. Correct the heading."""


class UnknownColumn(BadInput):
    """the column "{column}" is not known in a table of {table}. Rename or remove it; known are {known}."""


class BadUnitKey(BadInput):
    """{path}: "{value}" cannot be the key of a unit. Write a generation in lower-case letters, e.g. old, and a code of
    digits and letters, e.g. 00004."""


class EntryTwice(BadInput):
    """{path}: {entry} stands already in {first}. Remove one of the two rows."""


class OtherValueHeld(BadInput):
    """{path}: the register holds {unit} with {held}, the file says {value}. A key keeps its unit: give another unit its
    own code or generation, and a change of name or kind its own row in a table of changes, with the decision and its
    day."""


class UnknownParent(BadInput):
    """{path}: "{key}" is neither in the register nor in these files. Add the parent's own row, or correct the key.
    {hint}"""


class ParentTooLow(BadInput):
    """{path}: {parent} cannot be above {unit}: it is not of a higher level. Correct the parent or the level."""


class ParentCircle(BadInput):
    """{path}: the parents go round in a circle: {circle}. Correct one of these rows."""


class EndsBeforeItBegins(BadInput):
    """{path}: the unit ends on {end}, before it begins on {start}. Correct one of the two days."""


class SuccessionHeld(BadInput):
    """{path}: the register holds {predecessor} → {successor} already as {held}, the file says {value}. Correct the row,
    or amend the decision it came from."""


class UnknownChange(BadInput):
    """{path}: "{value}" cannot change. Changes of {known} are recorded; anything else is a new unit with a
    succession."""


class OtherLevel(BadInput):
    """{path}: {unit} is of the level {held}, the file says {value}. Correct the code or the level."""


class OldValueDiffers(BadInput):
    """{path}: the {field} of {unit} is "{held}" on {day}, not "{value}". Check the code, or add the change that is
    missing in between."""


class ChangesNothing(BadInput):
    """{path}: the old and the new value are both "{value}". Correct one of them or remove the row."""


class ChangeTwice(BadInput):
    """{path}: another change of the {field} of {unit} on {day} stands in {first}. Keep one of them."""


class ChangeHeld(BadInput):
    """{path}: the register holds another change of the {field} of {unit} on {day}, to "{held}", not "{value}". Correct
    the row."""


class EffectiveBeforeItsIssue(BadInput):
    """{path}: the change takes effect on {effective}, before it was issued on {issued}. Correct one of the two days."""


class UnitNotThere(BadInput):
    """{path}: {unit} is in the register from {start} to {end}, so it cannot change on {day}. Correct the code, the
    generation or the day."""
