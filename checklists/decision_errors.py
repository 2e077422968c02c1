"""What makes a decision refusable: one class per broken rule, each with its sentence. `decision_rules` finds them."""

from __future__ import annotations

from checklists.errors import BadInput


class UnknownUnit(BadInput):
    """{path}: the register has no unit "{key}". {hint}"""


class CodeWithoutGeneration(BadInput):
    """{path}: "{code}" is a code without its generation, and codes were used again. {hint}"""


class NotAUnitKey(BadInput):
    """{path}: "{value}" is not a unit key. Write GENERATION:CODE, e.g. old:00004; find it with: bangiao units list."""


class NotAProvince(BadInput):
    """{path}: {unit} is not a province. Name the province in which every successor lies, or remove the field."""


class OutsideProvince(BadInput):
    """{path}: {unit} lies in {actual}, not in {province}, the decision's province. Correct the row or the field
    province."""


class NotAMinistry(BadInput):
    """{path}: {unit} is not a ministry or central agency. Name only such units under central."""


class NamedTwice(BadInput):
    """{path}: {unit} stands twice in this list. Remove one of them."""


class PartAlone(BadInput):
    """{path}: {unit} is handed over in part, but no other row says who takes the rest. Add the rows of its other
    successors, or write whole."""


class WholeRepeated(BadInput):
    """{path}: {unit} cannot go wholly to {successor}: it has {count} successors. Keep one row or write part in each."""


class MixedRelations(BadInput):
    """{path}: {unit} is whole in this row and part in another. A unit goes wholly to one successor or in parts to
    several: correct the relation."""


class DuplicateRow(BadInput):
    """{path}: {predecessor} → {successor} stands already in {first}. Remove one of the two rows."""


class TooManySuccessors(BadInput):
    """{path}: {unit} has {count} successors, more than the {limit} a unit can have. Check the column of the
    predecessors."""


class ClaimedByAnother(BadInput):
    """{path}: {unit} is handed over already by decision {number}. A unit ends once: remove the row, or revoke or amend
    the other decision first."""


class SuccessorOfItself(BadInput):
    """{path}: {unit} cannot succeed itself. A unit that goes on under the same key needs no row: remove it."""


class SuccessionCycle(BadInput):
    """{path}: the successions go round in a circle: {circle}. Somebody must take over in the end: correct one of these
    rows."""


class TakesOverAndHandsOver(BadInput):
    """{path}: {unit} takes over and hands over in the same decision. Register the second change as a decision of its
    own."""


class LevelsDoNotFit(BadInput):
    """{path}: {predecessor} ({predecessor_level}) cannot be succeeded by {successor} ({successor_level}). Units hand
    over to their own level, and districts also to communes: correct the keys."""


class PredecessorNotThere(BadInput):
    """{path}: {unit} is in the register from {start} to {end}, so it cannot hand over on {day}, the last day before the
    decision operates. Correct the key or the field operational."""


class SuccessorNotThere(BadInput):
    """{path}: {unit} is in the register from {start} to {end}, so it cannot take over on {day}, when the decision
    operates. Correct the key or the field operational."""


class NobodyConcerned(BadInput):
    """{path}: the decision names no succession and no ministry, so nothing would follow from it. Add rows under
    successions or keys under central."""


class EffectiveBeforeIssued(BadInput):
    """{path}: the decision takes effect on {effective}, before it was issued on {issued}. Correct one of the two
    days."""


class OperationalBeforeEffective(BadInput):
    """{path}: the new units operate from {operational}, before the decision takes effect on {effective}. Correct
    one of the two days."""


class ImplausibleDay(BadInput):
    """{path}: {day} cannot be meant; days from {earliest} to {latest} are accepted. Correct the year."""


class NotComposed(BadInput):
    """{path}: "{value}" is not in Unicode form NFC: character {position} ({codes}) is written in pieces. Type the word
    again with a Unicode keyboard, or convert the file to NFC."""


class ControlCharacter(BadInput):
    """{path}: "{value}" holds a character that cannot be seen ({codes}). Remove it."""


class BadNumber(BadInput):
    """{path}: "{value}" is too long for the number of a decision (more than {limit} characters). Write it as printed,
    e.g. 1656/NQ-UBTVQH15."""
