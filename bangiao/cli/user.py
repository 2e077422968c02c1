"""`bangiao user`: who may act, in which role, where and from when to when, and who stands in for whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from bangiao.cli.output import AsJson, By, day, number, out, print_json
from bangiao.cli.status import UnknownUnit
from bangiao.cli.usage import noun
from bangiao.cli.user_import import import_
from bangiao.cli.user_pages import list_, role_word, show, unit_words
from bangiao.cli.user_sign_in import invite, password, second_factor, sessions, sign_in_link
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.people import Disabled, disable, put_on_record
from bangiao.wiring import Wiring, wire
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole, Substitution
from checklists.people_rules import Entry, own_mailbox
from checklists.units import UnitKey
from db.people import people_on_record, person
from db.unit_of_work import SqlUnitOfWork

app = noun("user", _("Who holds which role in which unit."))
app.command(list_, name="list", help=_("Everybody on record, or who can be asked in a unit."))
app.command(show, help=_("One person: roles, how far they reach, absences."))
app.command(
    import_,
    name="import",
    help=_("Read persons, roles and absences from CSV or XLSX; refused whole on any mistake."),
)

app.command(password, help=_("Give somebody a password: typed in, or from standard input."))
app.command(invite, help=_("Invite somebody: a link by which they set their password, once."))
app.command(sign_in_link, name="sign-in-link", help=_("A link that signs somebody in once, for demonstrations."))
app.command(sessions, help=_("Where somebody is signed in; --end signs them out everywhere."))
app.command(second_factor, name="second-factor", help=_("Remove the second factor of somebody who lost it."))

Account = Annotated[str, Parameter(help=_("The person's account."))]
Roles = Literal["unit_lead", "committee", "verifier", "auditor", "administrator"]


@app.command(help=_("Put somebody on record, or correct what is on record."))
def add(
    account: Account,
    /,
    *,
    name: Annotated[str | None, Parameter(help=_("The full name."))] = None,
    email: Annotated[str | None, Parameter(help=_("The e-mail address."))] = None,
    phone: Annotated[str | None, Parameter(help=_("The telephone number."))] = None,
    language: Annotated[Literal["vi", "en"] | None, Parameter(help=_("The language they read."))] = None,
    shared_mailbox: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Several people share this e-mail address."))
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    with wiring.unit_of_work() as uow:
        held = person(uow.connection, account) or Person(account, "")
        one = replace(
            held,
            name=held.name if name is None else name,
            email=held.email if email is None else email,
            phone=held.phone if phone is None else phone,
            language=language or held.language,
        )
        if not shared_mailbox:
            own_mailbox(one, people_on_record(uow.connection))
        changed = put_on_record(uow, one, by or wiring.settings.actor, wiring.today())
    words = _(
        "{name} ({account}) is on record. Give them a role with: bangiao user assign {account} --role ROLE --unit UNIT"
    )
    _said(one, changed, as_json, words.format(name=one.name, account=account))


@app.command(name=["assign", "link"], help=_("Give a person a role in a unit; again with another --until to end it."))
def assign(
    account: Account,
    /,
    *,
    role: Annotated[Roles, Parameter(help=_("The role."))],
    unit: Annotated[str, Parameter(help=_("The unit, GENERATION:CODE; all for the whole country."))],
    since: Annotated[date | None, Parameter(help=_("First day (today unless given)."))] = None,
    until: Annotated[date | None, Parameter(help=_("Last day (open unless given)."))] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    with wiring.unit_of_work() as uow:
        key = EVERYWHERE if unit == "all" else UnitKey(unit)
        if key != EVERYWHERE and uow.register_on(wiring.today(), [key]).unit(key) is None:
            raise UnknownUnit(key=unit)
        one = Assignment(account, PersonRole(role), key, since or wiring.today(), until)
        if since is None:
            one = _continued(uow, one)
        changed = put_on_record(uow, one, by or wiring.settings.actor, wiring.today())
        where = unit_words(uow.connection, key, wiring.today())
    words = _("{person} holds the role of {role} in {unit} from {since} until {until}.")
    if one.until is None:
        words = _("{person} holds the role of {role} in {unit} from {since} on.")
    told = {"person": account, "role": role_word(one.role), "unit": where}
    _said(one, changed, as_json, words.format(**told, since=day(one.since), until=day(one.until)))


def _continued(uow: SqlUnitOfWork, one: Assignment) -> Assignment:
    """Where no first day is given and the role is held already, it is that one which gets another end."""
    for held in people_on_record(uow.connection).roles(one.person):
        if (held.role, held.unit) == (one.role, one.unit) and held.holds_on(one.since):
            return replace(one, since=held.since)
    return one


@app.command(name="disable", help=_("From today, nothing counts any more that a person holds; they stay on record."))
def disable_(
    account: Account,
    /,
    *,
    reason: Annotated[str, Parameter(help=_("Why; kept on record."))] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    with wiring.unit_of_work() as uow:
        done = disable(uow, account, reason, by or wiring.settings.actor, wiring.today())
    if as_json:
        left_alone = {role.value: count for role, count in sorted(done.left_alone.items())}
        print_json(
            {"account": account, "changed": done.changed, "left_alone": left_alone, "substituted": done.substituted}
        )
        return
    since = day(wiring.today() if done.changed else done.person.disabled_on)
    out.print(
        _("{name} ({account}) is disabled since {day}.").format(name=done.person.name, account=account, day=since)
    )
    _warn(done)


def _warn(done: Disabled) -> None:
    """What the office must do now."""
    if not done.changed:
        out.print(_("It stood so already; nothing changed."))
    counts: Counter[PersonRole] = done.left_alone
    for role, count in sorted(counts.items()):
        words = _("! Units that have nobody as {role} now: {count}. Give the role to somebody else.")
        out.print(words.format(count=number(count), role=role_word(role)), style="yellow")
    if done.substituted:
        words = _("! Nobody stands in for {names} any more: give them another substitute.")
        out.print(words.format(names=", ".join(done.substituted)), style="yellow")


@app.command(help=_("Record an absence: the substitute acts in the absent person's name; both names go on record."))
def substitute(
    absent: Annotated[str, Parameter(help=_("The account of who is absent."))],
    substitute: Annotated[str, Parameter(help=_("The account of who stands in."))],
    /,
    *,
    until: Annotated[date, Parameter(help=_("Last day of the absence."))],
    since: Annotated[date | None, Parameter(help=_("First day (today unless given)."))] = None,
    reason: Annotated[str, Parameter(help=_("Why; kept on record."))] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    one = Substitution(absent, substitute, since or wiring.today(), until, reason)
    with wiring.unit_of_work() as uow:
        changed = put_on_record(uow, one, by or wiring.settings.actor, wiring.today())
    words = _("{substitute} stands in for {absent} from {since} until {until}.")
    told = {"substitute": substitute, "absent": absent, "since": day(one.since), "until": day(one.until)}
    _said(one, changed, as_json, words.format(**told))


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring


def _said(entry: Entry, changed: bool, as_json: bool, words: str) -> None:
    """What is on record now, and whether this command made it so."""
    if as_json:
        document: dict[str, Any] = {**asdict(entry), "changed": changed}
        print_json(document)
        return
    out.print(words)
    if not changed:
        out.print(_("It stood so already; nothing changed."))
