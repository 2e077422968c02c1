"""Publishing a template version: what the command line and the administrator's pages call.

file or text → `fit_for_today` (every mistake with its line) → **published** in one transaction, with an event. Versions
are immutable; checklists that are open keep theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.documents import Limits
from bangiao.template_files import fit_to_publish
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.events import TEMPLATE_PUBLISHED, Event
from checklists.templates import ChecklistTemplate
from db.templates import current_hashes, make_current, publish_template


class TemplateMovedOn(HandoverError):
    """Meanwhile another version of {template} was published. Nothing was written; compare with it and decide anew."""


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it. `fresh`: a version that was not there; `again`: one that was, and is current again."""

    template: ChecklistTemplate
    fresh: bool
    again: bool

    @property
    def changed(self) -> bool:
        return self.fresh or self.again


def fit_for_today(wiring: Wiring, connection: Connection, file: Path) -> ChecklistTemplate:
    """The file's template, if it makes a sound set with those published, for a decision of today. Raises Refused."""
    published = wiring.planning(connection).templates
    return fit_to_publish(file, published, Limits.of(wiring.settings), day=wiring.today())


def publish_file(wiring: Wiring, file: Path, *, by: str, instead_of: str | None = None) -> Published:
    """`instead_of`: the hash of the version that was current when somebody compared with it ("" for none); if it is
    another one now, nothing is published. Raises Refused, VersionTaken, TemplateMovedOn."""
    with wiring.unit_of_work() as uow:
        template = fit_for_today(wiring, uow.connection, file)
        current = current_hashes(uow.connection).get(template.template, "")
        if instead_of is not None and current not in {instead_of, template.content_hash}:
            raise TemplateMovedOn(template=template.template)
        fresh = publish_template(uow.connection, template, uow.now, by)
        again = not fresh and make_current(uow.connection, template, uow.now, by)
        if fresh or again:
            uow.record([_published(template, uow.now, by, again=again)])
    return Published(template, fresh, again)


def _published(template: ChecklistTemplate, now: datetime, who: str, *, again: bool) -> Event:
    payload = {"template": template.template, "version": template.version, "hash": template.content_hash}
    event_id = f"{TEMPLATE_PUBLISHED}:{template.content_hash}" + (f":{uuid4().hex}" if again else "")
    return Event(event_id, TEMPLATE_PUBLISHED, now, who, template.template, payload)
