"""`bangiao subscription`: other systems that are told of events, signed (docs/events.md)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.failures import FAILED, FINE, FOUND_WANTING
from bangiao.cli.output import AsJson, By, command_line, out, print_json, table
from bangiao.cli.subscription_options import NOTHING, SubscriptionOptions, secret_in
from bangiao.cli.subscription_pages import document, row_of, show_one
from bangiao.cli.usage import noun
from bangiao.i18n import _, render
from bangiao.installation import make_ready
from bangiao.subscriptions import (
    add_subscription,
    known_subscription,
    lags_of,
    pause,
    remove,
    resume,
    try_out,
)
from bangiao.wiring import Wiring, wire
from notifiers.channels import State
from notifiers.event_hooks import signature_holds

app = noun("subscription", _("Other systems that are told of events, signed."))
Name = Annotated[str, Parameter(help=_("The subscription's name, e.g. trung-tam-dieu-hanh."))]


@app.command(help=_("Tell another system of events from now on. Shows the signing secret, once."))
def add(name: Name, /, *, options: SubscriptionOptions = NOTHING, by: By = None, as_json: AsJson = False) -> None:
    wiring, wished = _ready(), options.wished(name)
    made = add_subscription(wiring, wished, by or wiring.settings.actor)
    secret = None if wished.secret else made.secret.reveal()
    if as_json:
        print_json(document(made.subscription, wiring.settings) | {"secret": secret})
        return
    words = _("The subscription {name} is on record, from entry {start} of the audit log on.")
    out.print(words.format(name=name, start=made.subscription.cursor))
    if secret:
        out.print(_("Its signing secret, which is shown only now (keep it where its receiver can read it):"))
        out.print(f"  {secret}", soft_wrap=True)
    out.print(_("Try it out:"))
    command_line("bangiao", "subscription", "test", name)


@app.command(name="list", help=_("All subscriptions, and how far each has come."))
def list_(*, as_json: AsJson = False) -> None:
    wiring = _ready()
    lags = lags_of(wiring)
    if as_json:
        print_json([document(one, wiring.settings, lag) for one, lag in lags])
    elif not lags:
        out.print(_("Nobody is told of events yet. Begin with: bangiao subscription add NAME --url URL"))
    else:
        seen = table(
            _("Subscription"), _("To"), _("State"), _("Sent"), _("Still to pass"), _("Trouble"), numbers=(3, 4)
        )
        for one, lag in lags:
            seen.add_row(*row_of(one, wiring.settings, lag))
        out.print(seen)


@app.command(help=_("One subscription: what it is told, how far it has come, what its receiver says."))
def show(name: Name, /, *, as_json: AsJson = False) -> None:
    wiring = _ready()
    known_subscription(wiring, name)
    one, lag = next(pair for pair in lags_of(wiring) if pair[0].name == name)
    if as_json:
        print_json(document(one, wiring.settings, lag))
    else:
        show_one(one, wiring.settings, lag)


@app.command(name="pause", help=_("Send nothing until it is resumed; nothing is lost."))
def pause_(name: Name, /, *, by: By = None, as_json: AsJson = False) -> None:
    wiring = _ready()
    changed = pause(wiring, name, by or wiring.settings.actor)
    if as_json:
        print_json({"subscription": name, "state": "paused", "changed": changed})
        return
    out.print(_("The subscription {name} is paused; it goes on where it stands.").format(name=name))


@app.command(name="resume", help=_("Go on at once, where it was paused or stopped."))
def resume_(
    name: Name,
    /,
    *,
    skip: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Without the event that its receiver does not take."))
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    one = resume(wiring, name, by or wiring.settings.actor, skip=skip)
    if as_json:
        print_json(document(one, wiring.settings))
        return
    words = _("The subscription {name} goes on at entry {place} of the audit log.")
    out.print(words.format(name=name, place=one.cursor))


@app.command(name="remove", help=_("Tell this system nothing any more; its secret is forgotten."))
def remove_(name: Name, /, *, by: By = None, as_json: AsJson = False) -> None:
    wiring = _ready()
    one = remove(wiring, name, by or wiring.settings.actor)
    if as_json:
        print_json({"subscription": name, "removed": True, "sent": one.sent, "cursor": one.cursor})
        return
    out.print(_("The subscription {name} is gone; {count} events were sent.").format(name=name, count=one.sent))


@app.command(name="test", help=_("Send an event that says nothing but that it arrived, now, and see what comes back."))
def trial(name: Name, /, *, as_json: AsJson = False) -> int:
    wiring = _ready()
    outcome = try_out(wiring, name)
    if as_json:
        said = {"state": outcome.state.value, "reason": render(outcome.reason)}
        print_json({"subscription": name, "code": outcome.code, "words": outcome.words} | said)
    else:
        told = " ".join(str(part) for part in (render(outcome.reason), outcome.code, outcome.words) if part)
        out.print(f"{name}: {told}", style="" if outcome.state is State.SENT else "bold red")
    return FINE if outcome.state is State.SENT else FAILED


@app.command(help=_("Is this signature right? For those who receive events and look for what is wrong."))
def verify_signature(
    body: Annotated[
        Path, Parameter(help=_("A file with the body, byte for byte as it was received; - standard input."))
    ],
    /,
    *,
    timestamp: Annotated[str, Parameter(help=_("The header X-Bangiao-Timestamp."))],
    signature: Annotated[str, Parameter(help=_("The header X-Bangiao-Signature."))],
    secret_file: Annotated[Path, Parameter(help=_("A file with the signing secret."))],
    as_json: AsJson = False,
) -> int:
    content = sys.stdin.buffer.read() if str(body) == "-" else body.read_bytes()
    holds = signature_holds(secret_in(secret_file).reveal(), timestamp, content, signature)
    if as_json:
        print_json({"holds": holds})
    elif holds:
        out.print(_("The signature is right."))
    else:
        words = _(
            "The signature is not right: another secret, another timestamp, or a body that was changed on its way."
        )
        out.print(words, style="bold red")
    return FINE if holds else FOUND_WANTING


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring
