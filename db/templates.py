"""Published template versions: immutable, named by their content hash; of each template, the version that was published
last is planned with. Publishing a known version again makes it current again: its content stays, its moment moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, func, insert, select, update

from checklists.errors import BadInput
from checklists.templates import ChecklistTemplate, StepTemplate
from db.models import TemplateRow, table_of


class VersionTaken(BadInput):
    """Version {version} of template {slug} is published with other content ({hash}), and a published version never
    changes. Give the new content a new version."""


def publish_template(connection: Connection, template: ChecklistTemplate, now: datetime, by: str) -> bool:
    """Store this version; False if it is there already. Raises VersionTaken."""
    same = (TemplateRow.slug == template.template, TemplateRow.version == template.version)
    held = connection.scalar(select(TemplateRow.hash).where(*same))
    if held == template.content_hash:
        return False
    if held is not None:
        raise VersionTaken(version=template.version, slug=template.template, hash=held[:12])
    connection.execute(
        insert(TemplateRow).values(
            hash=template.content_hash,
            slug=template.template,
            version=template.version,
            content=template.model_dump_json(),
            published_at=_after_all_others(connection, template.template, now),
            published_by=by,
        )
    )
    return True


def make_current(connection: Connection, template: ChecklistTemplate, now: datetime, by: str) -> bool:
    """Plan with this published version again; False if it is current."""
    if current_hashes(connection).get(template.template) == template.content_hash:
        return False
    moment = _after_all_others(connection, template.template, now)
    again = update(TemplateRow).where(TemplateRow.hash == template.content_hash)
    connection.execute(again.values(published_at=moment, published_by=by))
    return True


def _after_all_others(connection: Connection, slug: str, now: datetime) -> datetime:
    """`now`, or just after the last publishing of this template, should the clock not have moved on since."""
    last = connection.scalar(select(func.max(TemplateRow.published_at)).where(TemplateRow.slug == slug))
    return now if last is None else max(now, last + timedelta(microseconds=1))


def current_hashes(connection: Connection) -> dict[str, str]:
    """Template → hash of the version that was published last."""
    newest: dict[str, str] = {}
    for row in connection.execute(select(table_of(TemplateRow)).order_by(TemplateRow.published_at, TemplateRow.hash)):
        newest[row.slug] = row.hash
    return newest


class VersionSteps(Mapping[str, StepTemplate]):
    """The steps of one version by key. Asked for a key that it does not have, it gives the step of the newest other
    version that has it: a step that was settled or cancelled before the version was applied keeps its words."""

    def __init__(self, own: Mapping[str, StepTemplate], elsewhere: Callable[[str], StepTemplate]) -> None:
        self._own, self._elsewhere = own, elsewhere

    def __getitem__(self, key: str) -> StepTemplate:
        step = self._own.get(key)
        return self._elsewhere(key) if step is None else step

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


class TemplateShelf:
    """Published template versions, read and parsed once: they never change."""

    def __init__(self) -> None:
        self._steps: dict[str, Mapping[str, StepTemplate]] = {}
        self._elsewhere: dict[tuple[str, str], StepTemplate] = {}

    def steps(self, connection: Connection, template: str) -> VersionSteps:
        """The steps of the version with this hash, by key."""
        if template not in self._steps:
            content = connection.scalars(select(TemplateRow.content).where(TemplateRow.hash == template)).one()
            parsed = ChecklistTemplate.model_validate_json(content)
            self._steps[template] = {step.key: step for step in parsed.steps}
        return VersionSteps(self._steps[template], partial(self._of_another, connection, template))

    def _of_another(self, connection: Connection, template: str, key: str) -> StepTemplate:
        if (template, key) not in self._elsewhere:
            self._elsewhere[template, key] = steps_of_all_versions(connection, template)[key]
        return self._elsewhere[template, key]


def steps_of_all_versions(connection: Connection, template: str) -> dict[str, StepTemplate]:
    """The steps of a version by key, and beside them those that only other versions of its template have; the newest
    version wins."""
    slug = select(TemplateRow.slug).where(TemplateRow.hash == template).scalar_subquery()
    query = select(TemplateRow.hash, TemplateRow.content).where(TemplateRow.slug == slug)
    rows = connection.execute(query.order_by(TemplateRow.published_at, TemplateRow.hash)).all()
    contents = [row.content for row in rows if row.hash != template]
    contents += [row.content for row in rows if row.hash == template]
    return {step.key: step for one in contents for step in ChecklistTemplate.model_validate_json(one).steps}


def template_contents(connection: Connection) -> dict[str, str]:
    """Hash → JSON of every published version."""
    return {row.hash: row.content for row in connection.execute(select(TemplateRow.hash, TemplateRow.content))}
