"""Why a change of an opened decision is refused: one class for each rule, its docstring the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError
from checklists.revision_difference import Difference


class NotOpenedYet(HandoverError):
    """{number} cannot be changed yet: its checklists are still being opened. Look with: bangiao status --decision
    {number}"""


class OnlyADraft(BadInput):
    """{number} is a draft and not in force: there is nothing to change yet. Draft the new text with: bangiao decision
    draft FILE"""


class IsRevoked(HandoverError):
    """{number} is revoked; it is not changed any more. Give a new text a number of its own."""


class ChangeReasonMissing(BadInput):
    """Say why {number} is changed (--reason). The reason is kept on record and shown with every step it touches."""


class ChangeWaits(HandoverError):
    """{person} has drafted another change of {number} (change hash {hash}). Have it committed, or withdraw it with:
    bangiao decision withdraw {number} --reason WHY"""


class NoChangeDrafted(BadInput):
    """No change of {number} is drafted. See what was changed so far with: bangiao decision changes {number}"""


class NotTheDraftedChange(BadInput):
    """{given} is not the hash of the drafted change of {number}. Read the change with: bangiao decision changes
    {number}, and give the hash it shows."""


class SamePersonCommits(HandoverError):
    """{person} drafted this change of {number} and cannot commit it as well: a second person must (setting
    four_eyes)."""


class DifferenceChanged(HandoverError):
    """The change of {number} would do something else now than when it was drafted ({old} is now {new}): {what}. Nothing
    was changed; draft it again and let a second person read it."""

    def __init__(self, difference: Difference, **values: object) -> None:
        super().__init__(**values)
        self.difference = difference


class TemplateNotInDecision(BadInput):
    """{number} was not planned with the template {slug}, so no version of it can be applied. Its templates: {known}."""


class UnitNotInDecision(BadInput):
    """{unit} has no checklist of {slug} under {number}. See: bangiao status --decision {number}"""
