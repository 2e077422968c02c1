"""`bangiao notify`: messages on their way, dead letters, and how people want to be told."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from bangiao.channels import channel_named
from bangiao.cli.channel import outcome_said
from bangiao.cli.notify_lint import lint
from bangiao.cli.notify_pages import (
    entry_document,
    list_page,
    show_document,
    show_page,
    state_word,
    waiting_line,
)
from bangiao.cli.output import AsJson, By, out, print_json
from bangiao.cli.usage import noun
from bangiao.deliveries import addresses_now
from bangiao.delivery_orders import NobodyToReach, cancel_delivery, delivery_named, resend, try_out, wish
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import Wiring, wire
from checklists.people_rules import unknown_person
from db.delivery_lists import Wanted, deliveries_counted, deliveries_listed, told_in, tries_of, waiting_notices
from db.people import people_on_record, person
from db.session import begin_read
from notifiers.channels import Address

app = noun("notify", _("Messages on their way: list, show, resend, cancel; wishes."))
Message_ = Annotated[str, Parameter(name="message", help=_("The message's number, or the beginning of it."))]
Account = Annotated[str, Parameter(help=_("The person's account."))]
States = Literal["pending", "sending", "sent", "failed", "dead", "cancelled", "unknown"]


@app.command(name="list", help=_("Messages, the newest first; with --dead the dead letters (exit code 3 if any)."))
def list_(
    *,
    to: Annotated[str | None, Parameter(help=_("Only to this account."))] = None,
    state: Annotated[States | None, Parameter(help=_("Only in this state."))] = None,
    dead: Annotated[bool, Parameter(negative=(), show_default=False, help=_("Only dead letters."))] = False,
    limit: Annotated[int, Parameter(help=_("How many to show; 0 for all."))] = 50,
    as_json: AsJson = False,
) -> int:
    wiring, wanted = _ready(), Wanted(to, state, dead)
    with begin_read(wiring.engine) as connection:
        found = deliveries_listed(connection, wanted, limit or None)
        count, waiting = deliveries_counted(connection, wanted), waiting_notices(connection, to)
    if as_json:
        messages = [entry_document(one) for one in found]
        print_json({"count": count, "messages": messages, "waiting": waiting._asdict()})
    else:
        list_page(found, count, dead=dead)
        waiting_line(waiting, wiring.now())
    return 3 if dead and count else 0


@app.command(help=_("One message in full: what it tells, each try and what the server said."))
def show(message: Message_, /, *, as_json: AsJson = False) -> None:
    wiring = _ready()
    with begin_read(wiring.engine) as connection:
        one = delivery_named(connection, message)
        tries, told = tries_of(connection, one.id), told_in(connection, one.id)
    if as_json:
        print_json(show_document(one, tries, told))
    else:
        show_page(one, tries, told)


@app.command(name="resend", help=_("Send a dead letter again, by the person's channels as they stand now."))
def resend_(message: Message_, /, *, by: By = None, as_json: AsJson = False) -> None:
    wiring = _ready()
    with wiring.unit_of_work() as uow:
        one = resend(uow, message, by or wiring.settings.actor)
    if as_json:
        print_json(entry_document(one))
        return
    words = _("The message {id} to {recipient} is sent again by the channel {channel}.")
    out.print(words.format(id=one.id[:12], recipient=one.recipient, channel=one.channel))


@app.command(name="cancel", help=_("A message that has not left is not sent any more."))
def cancel_(message: Message_, /, *, by: By = None, as_json: AsJson = False) -> None:
    wiring = _ready()
    with wiring.unit_of_work() as uow:
        one = cancel_delivery(uow, message, by or wiring.settings.actor)
    if as_json:
        print_json(entry_document(one))
        return
    words = _("The message {id} to {recipient}: {state}.")
    out.print(words.format(id=one.id[:12], recipient=one.recipient, state=state_word(one.state)))


@app.command(name="test", help=_("Send a person a test message by each of their channels now."))
def trial(account: Account, /, *, by: By = None, as_json: AsJson = False) -> int:
    wiring = _ready()
    with begin_read(wiring.engine) as connection:
        held = person(connection, account)
        if held is None:
            raise unknown_person(account, people_on_record(connection))
        ways = list(addresses_now(connection, wiring.now()).ways(account))
        rows = {way.channel: channel_named(connection, way.channel) for way in ways}
    if not ways:
        raise NobodyToReach(recipient=account)
    asked = by or wiring.settings.actor
    tried = [
        (row, way.address, try_out(wiring, row, Address(way.address, held.name), held.language, asked))
        for way in ways
        for row in [rows[way.channel]]
    ]
    return outcome_said(tried, as_json)


@app.command(help=_("Say how somebody wants to be told; what is left out is as for everybody."))
def prefer(
    account: Account,
    /,
    *,
    channel: Annotated[
        list[str] | None,
        Parameter(negative=(), help=_("A kind or a channel, in order; NAME=ADDRESS for another address.")),
    ] = None,
    window: Annotated[
        list[str] | None, Parameter(negative=(), help=_("When messages may leave: working=07:30-11:30, friday=…"))
    ] = None,
    quiet: Annotated[str | None, Parameter(help=_("When only urgent ones do: 22:00-06:00."))] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    with wiring.unit_of_work() as uow:
        wish(uow, account, channel or [], window or [], quiet, by or wiring.settings.actor)
        ways = list(addresses_now(uow.connection, uow.now).ways(account))
    if as_json:
        print_json({"account": account, "channels": [way.channel for way in ways]})
        return
    names = ", ".join(way.channel for way in ways) or _("no channel that works now")
    out.print(_("{account} is told by, in this order: {channels}.").format(account=account, channels=names))


app.command(lint, help=_("Check the office's own message templates; every mistake is said with its file and line."))


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring
