"""`bangiao token`: tokens by which programs act as a person (docs/api.md)."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from bangiao.cli.output import AsJson, By, command_line, moment, out, print_json, table
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.tokens import Wished, create_token, tokens_now
from bangiao.tokens import revoke_token as revoke_on_record
from bangiao.wiring import Wiring, wire
from checklists.people_rules import unknown_person
from checklists.tokens import USUAL_DAYS, TokenScope
from db.people import people_on_record, person
from db.session import begin_read
from db.tokens import Token

app = noun("token", _("Tokens by which programs act as a person."))


@app.command(help=_("Make one for somebody; it is shown this once."))
def create(
    account: Annotated[str, Parameter(help=_("The person as whom the program acts."))],
    /,
    *,
    name: Annotated[str, Parameter(help=_("Which program uses it."))],
    scope: Annotated[
        tuple[TokenScope, ...], Parameter(help=_("What it is good for; may be given several times."), negative=())
    ],
    days: Annotated[int, Parameter(help=_("After how many days it ends."))] = USUAL_DAYS,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """The secret goes to standard output, once."""
    wiring = _ready()
    made = create_token(wiring, account, Wished(name, [one.value for one in scope], days), by or wiring.settings.actor)
    if as_json:
        print_json(_document(made.token) | {"secret": made.secret})
        return
    words = _("The token {token} acts as {account} until {until}. It is shown only now; give it to its program:")
    out.print(words.format(token=made.token.id, account=account, until=moment(made.token.expires_at)))
    command_line(made.secret)


@app.command(name="list", help=_("Those that still count, everybody's or one person's; secrets are not shown."))
def list_(
    *,
    account: Annotated[str | None, Parameter(help=_("Only those of this person."))] = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    if account is not None:
        _demand(wiring, account)
    rows = tokens_now(wiring, account)
    if as_json:
        print_json([_document(one) for one in rows])
        return
    if not rows:
        out.print(_("No token counts at the moment."))
        return
    shown = table(_("Token"), _("Account"), _("Program"), _("Good for"), _("Ends"), _("Last used"))
    for one in rows:
        used = moment(one.used_at) if one.used_at else _("never")
        shown.add_row(one.id, one.account, one.name, ", ".join(sorted(one.scopes)), moment(one.expires_at), used)
    out.print(shown)


@app.command(help=_("From now on it is good for nothing."))
def revoke(
    token: Annotated[str, Parameter(help=_("Its public part, as the list shows it."))],
    /,
    *,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    revoked = revoke_on_record(wiring, token, by=by or wiring.settings.actor)
    if as_json:
        print_json({"token": revoked.id, "account": revoked.account, "revoked": True})
        return
    words = _("The token {token} of {account} is revoked.")
    out.print(words.format(token=revoked.id, account=revoked.account))


def _document(one: Token) -> dict[str, Any]:
    return {
        "token": one.id,
        "account": one.account,
        "name": one.name,
        "scopes": sorted(one.scopes),
        "created": one.created_at,
        "expires": one.expires_at,
        "used": one.used_at,
    }


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring


def _demand(wiring: Wiring, account: str) -> None:
    with begin_read(wiring.engine) as connection:
        if person(connection, account) is None:
            raise unknown_person(account, people_on_record(connection))
