"""A published version as the text of a template file again: what an office begins a version of its own from."""

from __future__ import annotations

from typing import Any

import yaml

from checklists.templates import ChecklistTemplate


def as_text(template: ChecklistTemplate) -> str:
    """YAML that `bangiao templates lint` reads back to the very same version. Comments of the original are not kept."""
    content = template.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Dumper(yaml.SafeDumper):
    """Lists under a key are set in."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: ARG002 - as PyYAML calls it
        return super().increase_indent(flow, False)
