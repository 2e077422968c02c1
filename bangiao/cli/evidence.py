"""`bangiao evidence`: packages that an auditor verifies without us: make the key, export, order, list, show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.evidence_options import EVERYTHING, NOTHING_LESS, Asked, Less, known_language
from bangiao.cli.evidence_pages import (
    exported_document,
    exported_page,
    key_page,
    list_page,
    ordered_page,
    package_document,
    package_page,
    redacted_page,
    shown_progress,
)
from bangiao.cli.evidence_verify import add_verify
from bangiao.cli.output import AsJson, print_json
from bangiao.cli.usage import noun
from bangiao.i18n import _, language_in_force
from bangiao.installation import make_ready
from bangiao.package_errors import NoBasis, NoTarget, UnknownPackage
from bangiao.package_keys import DEFAULT_NAME, make_package_key
from bangiao.package_orders import ExportOrder
from bangiao.package_queue import carry_out, order_package, own_place
from bangiao.package_redaction import RedactionOrder
from bangiao.package_redaction import redact as redact_package
from bangiao.packages import export as export_package
from bangiao.wiring import Wiring, wire
from db.packages import package_of, packages
from db.session import begin_read

app = noun("evidence", _("Evidence packages: export, list, show; anybody can verify them without this program."))
add_verify(app)

As = Annotated[
    str | None,
    Parameter(name="--as", help=_("The person who takes the package away; their roles have to reach all of it.")),
]


@app.command(help=_("Make the key that seals packages, with a certificate for ten years; once for an installation."))
def keys(
    *,
    name: Annotated[str, Parameter(help=_("The office, as it is to stand in the certificate."))] = DEFAULT_NAME,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    made = make_package_key(wiring, name)
    settings = wiring.settings
    files = settings.sealing_package_key, settings.sealing_package_certificate
    if as_json:
        print_json({"key": files[0], "certificate": files[1], "fingerprint": made.fingerprint, "signer": made.signer})
    else:
        key_page(made, *files)


@app.command(help=_("Make a package of what is asked for: a file NAME.zip, or a folder."))
def export(
    *,
    asked: Asked = EVERYTHING,
    out: Annotated[
        Path | None, Parameter(help=_("The file to write (NAME.zip) or the folder; nothing there is replaced."))
    ] = None,
    purpose: Annotated[str, Parameter(help=_("What the package is for; it stands in it."))] = "",
    language: Annotated[
        str | None, Parameter(help=_("Of the report in it: vi or en (setting language unless given)."))
    ] = (None),
    anew: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("A new package also where nothing has changed."))
    ] = False,
    in_background: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Only order it; the worker makes it."))
    ] = False,
    by: As = None,
    as_json: AsJson = False,
) -> None:
    if out is None and not in_background:
        raise NoTarget
    wiring = _ready()
    order = ExportOrder(
        asked.scope(),
        out.absolute() if out else own_place(),
        by or wiring.settings.actor,
        purpose,
        known_language(language or language_in_force()),
        reader=by,
        anew=anew,
    )
    if in_background:
        _order(wiring, order, as_json=as_json)
        return
    made = export_package(wiring, order, shown_progress)
    if as_json:
        print_json(exported_document(made))
    else:
        exported_page(made, wiring.settings)


def _order(wiring: Wiring, order: ExportOrder, *, as_json: bool) -> None:
    package = order_package(wiring, order)
    if as_json:
        print_json({"package": package, "state": "ordered"})
    else:
        ordered_page(package)


@app.command(help=_("Make a package for outsiders: fields and files are left out, and it still verifies."))
def redact(
    package: Annotated[Path, Parameter(help=_("The package that something is left out of: NAME.zip or a folder."))],
    /,
    *,
    out: Annotated[Path, Parameter(help=_("The file to write (NAME.zip) or the folder; nothing there is replaced."))],
    basis: Annotated[str, Parameter(help=_("The legal basis; it stands in the new package."))],
    less: Less = NOTHING_LESS,
    by: As = None,
    as_json: AsJson = False,
) -> None:
    if not basis.strip():
        raise NoBasis
    wiring = _ready()
    who = by or wiring.settings.actor
    order = RedactionOrder(package, out.absolute(), less.fields(), less.files(), basis.strip(), who, by)
    made = redact_package(wiring, order, shown_progress)
    if as_json:
        print_json(exported_document(made))
    else:
        redacted_page(made, wiring.settings)


@app.command(help=_("Make an ordered package now and here, for example where its flow was interrupted."))
def resume(package: Annotated[str, Parameter(help=_("Its number."))], /, *, as_json: AsJson = False) -> None:
    wiring = _ready()
    made = carry_out(wiring, package, shown_progress)
    if as_json:
        print_json(exported_document(made))
    else:
        exported_page(made, wiring.settings)


@app.command(name="list", help=_("The packages on record, newest first, with how far those are that are being made."))
def list_(*, as_json: AsJson = False) -> None:
    wiring = _ready()
    with begin_read(wiring.engine) as connection:
        found = packages(connection)
    if as_json:
        print_json([package_document(one) for one in found])
    else:
        list_page(found)


@app.command(help=_("One package: what was asked for, its seal, what it supersedes and what changed."))
def show(package: Annotated[str, Parameter(help=_("Its number."))], /, *, as_json: AsJson = False) -> None:
    wiring = _ready()
    with begin_read(wiring.engine) as connection:
        found = package_of(connection, package)
    if found is None:
        raise UnknownPackage(package=package)
    document = json.loads(found.document) if found.document else None
    if as_json:
        print_json({**package_document(found), "document": document})
    else:
        package_page(found, document)


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring
