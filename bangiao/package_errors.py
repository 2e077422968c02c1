"""What is refused when a package is asked for, one class per broken rule; the docstring is the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class NothingInScope(BadInput):
    """Nothing on record fits what was asked for ({filters}): a package of it would be empty. Widen it, or look at what
    there is with: bangiao status"""


class MayNotExport(HandoverError):
    """{person} may not export this ({filters}): that takes the role {roles} over every unit in it."""


class ExportUnderWay(HandoverError):
    """A package of the same scope is being made at this moment. Wait until it is done: bangiao evidence list"""


class UnknownPackage(BadInput):
    """There is no package {package}. See which there are: bangiao evidence list"""


class PackageFinished(BadInput):
    """The package {package} is finished already. See it with: bangiao evidence show {package}"""


class NoTarget(BadInput):
    """Say where the package is to be put: --out FILE.zip, or --out FOLDER."""


class ChangedMeanwhile(HandoverError):
    """Nothing on record has changed, and still {package} does not come out as it did (another version of what writes
    the reports?). Have a new one made with --anew."""


class NotOurPackage(BadInput):
    """{file} verifies, but is not on record here as a whole package: only the installation that made a package can
    leave something out of it, and only once."""


class NothingToLeaveOut(BadInput):
    """Say what is to be left out: --for-outsiders, --leave-out FIELD or --leave-out-file SHA-256."""


class NoBasis(BadInput):
    """Say on which legal basis it is left out: --basis TEXT. It stands in the new package."""
