"""A database that is ready: schema and national register. The embedded one is made on first use."""

from __future__ import annotations

from dataclasses import dataclass

from bangiao.decision_files import read_decision
from bangiao.register_files import decision_files, read_ministries, read_units
from bangiao.template_files import read_shipped_templates
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from db.register import count_units, write_successions, write_units
from db.session import begin_write
from db.templates import publish_template
from db.upgrade import HEAD, current_revision, upgrade_within


class DatabaseBehind(HandoverError):
    """The database is at {found} and this program needs {needed}. Bring it up to date with: bangiao db upgrade"""


def make_ready(wiring: Wiring) -> bool:
    """Check the schema; an empty embedded database is set up on the spot (True). Raises DatabaseBehind."""
    found, needed = current_revision(wiring.engine), HEAD
    if found == needed:
        return False
    if found is not None or wiring.engine.dialect.name != "sqlite":
        raise DatabaseBehind(found=found or "-", needed=needed)
    install(wiring)
    return True


@dataclass(frozen=True, slots=True)
class Installed:
    """What was new: units loaded, and templates published (name and version)."""

    units: int
    templates: tuple[str, ...]


def install(wiring: Wiring) -> Installed:
    """Bring the schema up to date, publish what this release ships, and load the national register where no unit is
    held yet: one transaction, so that nobody ever sees half of it."""
    with begin_write(wiring.engine) as connection:
        upgrade_within(connection)
        shipped = [
            f"{template.template} {template.version}"
            for template in read_shipped_templates()
            if publish_template(connection, template, wiring.now(), "bangiao")
        ]
        if count_units(connection):
            return Installed(0, tuple(shipped))
        loaded = write_units(connection, [*read_units(), *read_ministries()])
        for file in decision_files():
            decision = read_decision(file)
            write_successions(connection, decision.successions, decision.number)
    return Installed(loaded, tuple(shipped))
