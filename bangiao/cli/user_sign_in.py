"""`bangiao user password`, `invite`, `sign-in-link`, `sessions`, `second-factor`: how people come in, and who is in."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.output import AsJson, By, command_line, moment, number, out, print_json, table
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.invitations import invite as make_invitation
from bangiao.own_account import remove_second_factor, sessions_now
from bangiao.sign_in import make_link, set_password, sign_out
from bangiao.web_address import known_web_address
from bangiao.wiring import Wiring, wire
from checklists.errors import BadInput
from checklists.people_rules import unknown_person
from checklists.sign_in import LINK_LASTS, PasswordsDiffer
from db.people import people_on_record, person
from db.session import begin_read

Account = Annotated[str, Parameter(help=_("The person's account."))]

_USUAL = "http://127.0.0.1:8000"


class NoTerminal(BadInput):
    """There is no terminal to ask for the password. Give it on standard input with --stdin."""


class AddressUnknown(BadInput):
    """An invitation that is sent names the address of the pages: set BANGIAO_LINK_BASE, or leave --channel out and hand
    the link over."""


class LinksOnlyForTrying(BadInput):
    """{base} is served over TLS: an installation for real work, where a link that signs in without a password is a
    risk. If you are sure, say --allow."""


def password(
    account: Account,
    /,
    *,
    stdin: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Read it from standard input, one line."))
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Never an argument: those stand in the shell's history and in the list of processes."""
    wiring = _ready(account)
    set_password(wiring, account, _read(account, stdin), by or wiring.settings.actor)
    if as_json:
        print_json({"account": account, "changed": True})
        return
    out.print(_("{account} has a new password; every device that was signed in is signed out.").format(account=account))


def _read(account: str, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise NoTerminal()
    typed = getpass(_("New password for {account}: ").format(account=account))
    if typed != getpass(_("Once more: ")):
        raise PasswordsDiffer()
    return typed


def sign_in_link(
    account: Account,
    /,
    *,
    allow: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Also where pages are served over TLS."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """For demonstrations and for the first hour of an installation."""
    wiring = _ready(account)
    base = wiring.settings.link_base
    if base.startswith("https://") and not allow:
        raise LinksOnlyForTrying(base=base)
    said = known_web_address(wiring.settings)
    address = f"{base or (said.url if said else _USUAL)}/enter/{make_link(wiring, account)}"
    if as_json:
        print_json({"account": account, "link": address, "minutes": int(LINK_LASTS.total_seconds() // 60)})
        return
    words = _("This link signs {account} in, once, within {minutes} minutes:")
    out.print(words.format(account=account, minutes=int(LINK_LASTS.total_seconds() // 60)))
    command_line(address)


def invite(
    account: Account,
    /,
    *,
    channel: Annotated[
        str, Parameter(help=_("Send it by this channel; otherwise the link is shown, to be handed over."))
    ] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """What an administrator does on the person's page, for the first one of an installation."""
    wiring = _ready(account)
    base = wiring.settings.link_base
    if channel and not base:
        raise AddressUnknown()
    said = known_web_address(wiring.settings)
    made = make_invitation(
        wiring, account, by or wiring.settings.actor, base or (said.url if said else _USUAL), channel
    )
    sent = made.sent.masked if made.sent else None
    if as_json:
        print_json({"account": account, "until": made.until, "link": None if sent else made.link, "sent_to": sent})
    elif sent:
        out.print(_("The invitation of {account} was sent to {address}.").format(account=account, address=sent))
    else:
        words = _("By this link {account} sets a password, once, until {moment}:")
        out.print(words.format(account=account, moment=moment(made.until)))
        command_line(made.link)


def sessions(
    account: Account,
    /,
    *,
    end: Annotated[bool, Parameter(negative=(), show_default=False, help=_("Sign them all out."))] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready(account)
    held = sessions_now(wiring, account)
    ended = sign_out(wiring, account, by=by or wiring.settings.actor) if end else 0
    if as_json:
        rows = [{"began": one.began_at, "seen": one.seen_at, "device": one.device, "by": one.by} for one in held]
        print_json({"account": account, "sessions": rows, "ended": ended})
        return
    shown = table(_("Signed in at"), _("Last seen"), _("Device"))
    for one in held:
        shown.add_row(moment(one.began_at), moment(one.seen_at), one.device)
    if held:
        out.print(shown)
    else:
        out.print(_("{account} is signed in nowhere.").format(account=account))
    if end:
        out.print(_("Signed out: {count}.").format(count=number(ended)))


def second_factor(
    account: Account,
    /,
    *,
    remove: Annotated[
        bool, Parameter(negative=(), help=_("Ask for no code any more: for somebody who has lost the telephone."))
    ],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready(account)
    removed = remove_second_factor(wiring, account, by or wiring.settings.actor) if remove else False
    if as_json:
        print_json({"account": account, "changed": removed})
        return
    words = _("No code is asked of {account} any more.") if removed else _("{account} has no second factor.")
    out.print(words.format(account=account))


def _ready(account: str) -> Wiring:
    """With somebody of this account on record. Raises UnknownPerson."""
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        if person(connection, account) is None:
            raise unknown_person(account, people_on_record(connection))
    return wiring
