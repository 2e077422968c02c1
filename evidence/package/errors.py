"""What can go wrong with a package's files, one class per broken rule; the docstring is the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class TargetThere(BadInput):
    """{target} is there already and was left as it is. Name another file or folder with --out."""


class NoSuchTargetFolder(BadInput):
    """{folder}: there is no such folder, or nothing can be written to it. Make the folder, or name another target."""


class PackageDiskFull(HandoverError):
    """The disk is full ({folder}); there is nothing at {target}. Make room and give the same command again: what was
    prepared is used again."""


class CannotWritePackage(HandoverError):
    """The package could not be written to {folder} ({why}); there is nothing at {target}."""


class KeyThere(BadInput):
    """{file} is there already and was left as it is: packages may be signed with it. Keep it, or set
    BANGIAO_PACKAGE_KEY_FILE and BANGIAO_PACKAGE_CERTIFICATE_FILE to other files."""


class NoPackageKey(BadInput):
    """There is no key to seal packages with: {file} is missing. Make one with: bangiao evidence keys — or put the key
    and the certificate of your own authority there."""


class BadPackageKey(BadInput):
    """{file} cannot be used to seal packages ({why})."""


class KeyOpenToOthers(BadInput):
    """{file} can be read by others than its owner; whoever has it can sign packages. Give: chmod 600 {file}"""


class CertificateOfAnotherKey(BadInput):
    """{certificate} does not belong to the key {key}. Set both to the pair that belongs together."""


class CertificateNotInForce(BadInput):
    """The certificate {file} is in force from {since} until {until}, and today is {day}. Have it renewed, or make a new
    key with: bangiao evidence keys"""


class NotAPackage(BadInput):
    """{file}: this is no evidence package ({why})."""


class DamagedPackage(BadInput):
    """{file} does not verify ({why}): nothing was made from it. Look closer with: bangiao evidence verify"""


class NoSuchField(BadInput):
    """{field} is no field that can be left out. These can: {known}."""


class NoSuchFileInside(BadInput):
    """There is no file with the SHA-256 {digest} in the package. Take the 64 characters from data/evidence.jsonl."""


class CannotLeaveOut(HandoverError):
    """What is to be left out also stands in {file} where it cannot be taken out without breaking the audit log. Nothing
    was written."""
