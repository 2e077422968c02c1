"""The words shown for the fixed values of the domain; one place, so that every surface says the same."""

from __future__ import annotations

from bangiao.i18n import _

_WORDS = {
    "ministry": lambda: _("ministry"),
    "province": lambda: _("province"),
    "district": lambda: _("district"),
    "commune": lambda: _("commune"),
    "predecessor": lambda: _("hands over"),
    "successor": lambda: _("takes over"),
    "unchanged": lambda: _("unchanged"),
    "central": lambda: _("central"),
    "data-backup": lambda: _("Data backup"),
    "system-reconfiguration": lambda: _("System reconfiguration"),
    "service-continuity": lambda: _("Service continuity"),
    "cross-cutting": lambda: _("Cross-cutting duties"),
    "waiting": lambda: _("waiting"),
    "ready": lambda: _("ready"),
    "in_progress": lambda: _("in progress"),
    "submitted": lambda: _("submitted"),
    "done": lambda: _("done"),
    "blocked": lambda: _("blocked"),
    "not_applicable": lambda: _("not applicable"),
    "cancelled": lambda: _("cancelled"),
    "drafted": lambda: _("drafted"),
    "registered": lambda: _("registered"),
    "opened": lambda: _("opened"),
    "revoked": lambda: _("revoked"),
    "whole": lambda: _("whole"),
    "part": lambda: _("part"),
    "unit_lead": lambda: _("unit lead"),
    "committee": lambda: _("steering committee"),
    "administrator": lambda: _("administrator"),
}

_BASES = {
    "merged": lambda: _("merged"),
    "unchanged": lambda: _("unchanged"),
    "renamed": lambda: _("renamed"),
    "kind_changed": lambda: _("kind changed"),
    "part": lambda: _("a part"),
    "part_area": lambda: _("a part of the area"),
    "part_area_all_population": lambda: _("a part of the area, all the population"),
    "part_population": lambda: _("a part of the population"),
    "part_remainder": lambda: _("the remaining part"),
    "part_renamed": lambda: _("a part, renamed"),
    "part_renamed_kind_changed": lambda: _("a part, renamed, kind changed"),
    "all_area": lambda: _("all the area"),
    "derived": lambda: _("derived from its communes"),
    "district_to_special_zone": lambda: _("island district became a special zone"),
    "unincorporated_area": lambda: _("area outside any commune"),
}

BASES = tuple(_BASES)
"""The notes behind a succession that have words."""


def word(value: str) -> str:
    """The word for a value of the domain, in the language in force; an unknown value stands for itself."""
    return _WORDS[value]() if value in _WORDS else value


def basis_word(value: str) -> str:
    return _BASES[value]() if value in _BASES else value
