"""`bangiao channel`: the ways by which people are told. Secrets come from a file or standard input, never from the
command line, where every process on the machine could read them."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from bangiao.channel_recording import ChannelWithout, record_channel
from bangiao.channels import channel_named, switch_channel
from bangiao.cli.channel_options import NOTHING, ChannelOptions
from bangiao.cli.failures import FAILED, FINE
from bangiao.cli.output import AsJson, By, moment, out, print_json, table
from bangiao.cli.usage import noun
from bangiao.delivery_orders import KINDS, try_out
from bangiao.i18n import _, language_in_force, render
from bangiao.installation import make_ready
from bangiao.wiring import Wiring, wire
from checklists.errors import BadInput
from db.channels import ChannelOnRecord, channels_on_record
from db.session import begin_read
from notifiers.channels import Address, Outcome, State
from notifiers.masking import masked_address

app = noun("channel", _("The ways by which people are told: e-mail, webhooks, SMS …"))
Name = Annotated[str, Parameter(help=_("The channel's name, e.g. thu."))]


class ChannelLacks(BadInput):
    """A channel of this kind needs {option}. See: bangiao channel add --help"""


_OPTIONS = {
    "kind": "--kind",
    "host": "--host",
    "sender": "--sender",
    "secret": "--secret-file",
    "url": "--url-file",
    "schema": "--schema",
}


@app.command(help=_("Put a channel on record, or change it; what is left out stays as it is."))
def add(name: Name, /, *, options: ChannelOptions = NOTHING, by: By = None, as_json: AsJson = False) -> None:
    """The URL counts as a secret: tokens stand in it."""
    wiring, given = _ready(), options.given()
    try:
        with wiring.unit_of_work() as uow:
            new = record_channel(uow, name, given, wiring.settings, by or wiring.settings.actor, ahead=True)
            channel = channel_named(uow.connection, name)
    except ChannelWithout as lacking:
        raise ChannelLacks(option=_OPTIONS[str(lacking.values["part"])]) from lacking
    if as_json:
        print_json({"channel": name, "kind": channel.kind, "title": channel.title, "new": new})
        return
    words = _("The channel {name} is on record. Try it out: bangiao channel test {name} --to ADDRESS")
    out.print(words.format(name=name))


@app.command(name="list", help=_("All channels; their secrets are not shown."))
def list_(*, as_json: AsJson = False) -> None:
    wiring = _ready()
    with begin_read(wiring.engine) as connection:
        rows = channels_on_record(connection)
    if as_json:
        print_json([_document(one) for one in rows])
    elif not rows:
        out.print(_("No channel yet, so nobody is told of anything. Add one: bangiao channel add NAME --kind email"))
    else:
        shown = table(_("Channel"), _("Kind"), _("Title"), _("Standing"), _("Recorded"))
        for one in rows:
            standing = _("enabled") if one.enabled else _("disabled")
            recorded = f"{one.recorded_by}, {moment(one.recorded_at)}"
            shown.add_row(one.id, kind_word(one.kind), one.title, standing, recorded)
        out.print(shown)


def kind_word(kind: str) -> str:
    """A kind of channel in the language in force."""
    return str(getattr(KINDS[kind], language_in_force())) if kind in KINDS else "–"


def _document(one: ChannelOnRecord) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", "kind", "title", "enabled", "recorded_by", "recorded_at")}


@app.command(help=_("Nothing leaves by this channel any more; what waits for it goes by each person's next one."))
def disable(name: Name, /, *, by: By = None, as_json: AsJson = False) -> None:
    _switch(name, False, by, as_json)


@app.command(help=_("Messages leave by this channel again."))
def enable(name: Name, /, *, by: By = None, as_json: AsJson = False) -> None:
    _switch(name, True, by, as_json)


def _switch(name: str, enabled: bool, by: str | None, as_json: bool) -> None:
    wiring = _ready()
    with wiring.unit_of_work() as uow:
        changed = switch_channel(uow, name, enabled, by or wiring.settings.actor)
    if as_json:
        print_json({"channel": name, "enabled": enabled, "changed": changed})
        return
    words = _("The channel {name} is enabled.") if enabled else _("The channel {name} is disabled.")
    out.print(words.format(name=name))
    if not changed:
        out.print(_("It stood so already; nothing changed."))


@app.command(name="test", help=_("Send a test message by a channel now, and see what the other side says."))
def trial(
    name: Name,
    /,
    *,
    to: Annotated[str, Parameter(help=_("The address on that channel."))],
    by: By = None,
    as_json: AsJson = False,
) -> int:
    wiring = _ready()
    with begin_read(wiring.engine) as connection:
        row = channel_named(connection, name)
    outcome = try_out(wiring, row, Address(to), language_in_force(), by or wiring.settings.actor)
    return outcome_said([(row, to, outcome)], as_json)


def outcome_said(tried: list[tuple[ChannelOnRecord, str, Outcome]], as_json: bool) -> int:
    """What came of test messages; 1 if one was not accepted."""
    if as_json:
        print_json([_outcome_document(*one) for one in tried])
    for row, address, outcome in tried if not as_json else []:
        said = " ".join(str(part) for part in (outcome.code, outcome.words) if part)
        line = _("{channel}, {address}: {reason}")
        told = line.format(channel=row.id, address=masked_address(address), reason=render(outcome.reason))
        out.print(f"{told} {said}".strip(), style="" if outcome.state is State.SENT else "bold red")
    return FINE if all(one.state is State.SENT for *_rest, one in tried) else FAILED


def _outcome_document(row: ChannelOnRecord, address: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "channel": row.id,
        "address": masked_address(address),
        "state": outcome.state.value,
        "reason": render(outcome.reason),
        "code": outcome.code,
        "words": outcome.words,
        "seconds": round(outcome.took, 3),
    }


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring
