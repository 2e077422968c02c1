"""What makes a person, a role or an absence refusable: one class per broken rule, each with its sentence."""

from __future__ import annotations

from checklists.errors import BadInput


class BadAccount(BadInput):
    """The account "{account}" cannot be used. Write 2 to 40 small letters without accents, digits, dots, hyphens or
    underscores, for example an.nguyen"""


class NameMissing(BadInput):
    """{account} has no name. Write the person's full name, at most {limit} characters."""


class BadEmail(BadInput):
    """The text "{email}" is no e-mail address. Write it like an.nguyen@example.vn, or leave it empty."""


class MailboxTaken(BadInput):
    """{email} is the e-mail address of {other} ({name}) already. One person has one account: with two they could verify
    their own work. If it is the same person, use {other}; if several people share this mailbox, say so with
    --shared-mailbox"""


class BadPhone(BadInput):
    """The text "{phone}" is no telephone number. Write 8 to 15 digits, for example 0912 345 678 or +84 912 345 678, or
    leave it empty."""


class BadLanguage(BadInput):
    """The language "{language}" is not spoken here. Choose: {known}."""


class UnknownPerson(BadInput):
    """{account} is not on record. {hint} Correct the account, or add the person first (bangiao user add, or a row in a
    table of persons)."""


class PersonDisabled(BadInput):
    """{account} ({name}) was disabled on {day}: they can be given no role and stand in for nobody. Name somebody
    else."""


class AccountRetired(BadInput):
    """The account {account} ({name}) was disabled on {day}, and an account is never given again. Choose another
    one."""


class EndsBeforeItBegins(BadInput):
    """The assignment would end on {until}, before it begins on {since}. Correct one of the two dates."""


class RoleOver(BadInput):
    """The role would have ended on {until}, before today. Give a later last day, or leave it open."""


class RoleHeld(BadInput):
    """{person} holds the role {role} in {unit} already, from {since} until {until}. To move its end, give the same
    first day again."""


class AbsenceBackwards(BadInput):
    """The absence would end on {until}, before it begins on {since}. Correct one of the two dates."""


class AbsenceOver(BadInput):
    """The absence ended on {until}, before today: nobody can act in it any more. Correct the dates."""


class OwnSubstitute(BadInput):
    """{person} cannot stand in for themselves. Name somebody else."""


class SubstituteAbsent(BadInput):
    """{substitute} is absent too, from {since} until {until} (in their place: {other}). Name somebody else, or divide
    the absence."""


class StandsInMeanwhile(BadInput):
    """{absent} stands in for {other} from {since} until {until}. First give {other} another substitute, and end this
    one with an earlier last day."""


class AbsenceHeld(BadInput):
    """{substitute} stands in for {absent} already, from {since} until {until}. To move its end, give the same first
    day again."""


class NoRoleToStandIn(BadInput):
    """{absent} holds no role between {since} and {until}, so there is nothing to stand in for. Check the account and
    the dates, or give the role first."""
