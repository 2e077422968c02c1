"""What `bangiao evidence verify` can find wrong with a package, and how it is said. Codes never change.

Independent of `verify.py`: two programs that share no line are to come to the same verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checklists.messages import Message

MOST = 1000
"""So many findings are told; a package with more is no better for a longer list."""

SENTENCES = {
    "absent": Message("{where}: the file is absent."),
    "added": Message("{where}: no manifest names this file."),
    "altered": Message("{where}: the content is not the one that {told} names."),
    "bag-info": Message("{where}: bag-info.txt says “{told}”, the package “{found}”."),
    "bound": Message("{where}: the verification is bound to other evidence than what is in the package."),
    "certificate": Message("The seal is by another certificate ({found}) than the one you trust ({told})."),
    "chain": Message("The checkpoints of {told} and {found} entries are not of one log."),
    "checkpoint": Message("{where}: no valid checkpoint ({found})."),
    "collision": Message("{where}: the same name as {told} where upper and lower case are not told apart."),
    "commitment": Message("Entry {where} of the log: the value “{found}” is not the one that was logged."),
    "count": Message("{where}: scope.json tells of {told}, there are {found}."),
    "dates": Message("{where}: {told} is said, and {found} follows from the other fields."),
    "file-name": Message("{where}: not a name that a package uses."),
    "hash": Message("{where}: the content has the hash {found}, the name or the row says {told}."),
    "in-force": Message("The certificate of the seal is in force from {told} until {found} only."),
    "log-key": Message("{where}: not signed by a key of the log."),
    "many": Message("There are more findings; these are the first {found}."),
    "missing": Message("{where}: open, and missing.jsonl does not tell of it as {told}."),
    "not-canonical": Message("{where}: not canonical JSON, or no object."),
    "older": Message(
        "The package is older than a checkpoint that you hold: its log ends at {found} entries, yours has {told}."
    ),
    "order": Message("{where}: out of order, or there twice."),
    "proof": Message("Entry {where} of the log: its proof does not lead to the checkpoint of {told} entries."),
    "reference": Message("{where}: names {found}, which is not in the package."),
    "row": Message("{where}: the field {found} is not as the format says."),
    "seal": Message("The seal does not hold: {found}"),
    "special": Message("{where}: a link, or another special file."),
    "stamp": Message("{where}: the time stamp does not hold: {found}"),
    "twice": Message("{where}: stands there twice."),
    "unnamed": Message("{where}: no row names this file."),
    "unreadable": Message("{where}: cannot be unpacked."),
    "withheld": Message("{where}: {found} values are withheld, scope.json declares {told}."),
    "zip": Message("{where}: the ZIP is irregular here ({found})."),
    "no-certificate": Message(
        "The seal's certificate was not compared with one you trust. Its fingerprint (SHA-256): {found}"
    ),
    "no-log-key": Message("The log's key was not compared with one you trust: {found}"),
    "no-earlier": Message(
        "No checkpoint from before was compared (--checkpoint): an older package would look the same."
    ),
    "no-authority": Message("{where}: who gave the time stamp was not checked (--tsa-ca)."),
    "no-stamp": Message("There is no time stamp: when the package was sealed is the office's own word."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold, or that could not be checked."""

    code: str
    where: str = ""
    told: str = ""
    found: str = ""

    @property
    def sentence(self) -> Message:
        return Message(SENTENCES[self.code].msgid, {"where": self.where, "told": self.told, "found": self.found})


@dataclass(slots=True)
class Report:
    """What was found; `doubts` is what could not be compared with anything that came another way."""

    findings: dict[Finding, None] = field(default_factory=dict)
    doubts: dict[Finding, None] = field(default_factory=dict)
    files: int = 0
    entries: int = 0
    package: str = ""

    def say(self, code: str, where: object = "", told: object = "", found: object = "") -> None:
        one = Finding(code, _short(where), _short(told), _short(found))
        if len(self.findings) < MOST:
            self.findings[one] = None
        else:
            self.findings[Finding("many", found=str(MOST))] = None

    def doubt(self, code: str, where: object = "", found: object = "") -> None:
        self.doubts[Finding(code, _short(where), found=_short(found))] = None

    @property
    def holds(self) -> bool:
        return not self.findings


def _short(value: object) -> str:
    text = "–" if value is None else str(value)[:400]
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


Advance = Callable[[int], object]
