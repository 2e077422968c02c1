"""Roles as an administrator's pages name them."""

from __future__ import annotations

from bangiao.i18n import _, render
from checklists.people import PersonRole, role_words
from db.administered import HeldRole


def role_line(one: HeldRole) -> str:
    where = one.unit_name or (_("the whole country") if one.unit == "*" else one.unit)
    return _("{role}, {unit}").format(role=render(role_words(PersonRole(one.role))), unit=where)


def choices_of_roles() -> list[tuple[str, str]]:
    return [(one.value, render(role_words(one))) for one in PersonRole]
