"""A place of its own for the demonstration: fresh each time, never somebody's real data."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bangiao.settings import Settings
from checklists.deadlines import VIETNAM
from checklists.errors import HandoverError

CLOCK = datetime(2025, 6, 17, 8, 0, tzinfo=VIETNAM)
"""The morning after the 34 resolutions were passed: the demonstration's clock starts here."""

_MARK, _SETTINGS = "bangiao-demo", "bangiao.toml"


class NotADemoPlace(HandoverError):
    """{place} holds something that is not a demonstration; it is left as it is. Name another directory with
    BANGIAO_DATA_DIR."""


def is_demo_place(settings: Settings) -> bool:
    return (settings.data_dir / _MARK).exists()


def remember_place(settings: Settings, now: datetime) -> Path:
    """A settings file in the place itself, by which later commands find it, with the clock going on from `now`."""
    file = settings.data_dir / _SETTINGS
    lines = (f'data_dir = "{settings.data_dir}"', f'clock = "{now.astimezone(VIETNAM).isoformat()}"')
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def fresh_place(settings: Settings) -> Settings:
    """Settings for a demonstration in an empty directory below the data directory; an earlier one is removed."""
    place = settings.data_dir / "demo"
    if place.exists():
        if not (place / _MARK).exists():
            raise NotADemoPlace(place=str(place))
        shutil.rmtree(place)
    place.mkdir(parents=True)
    Path(place / _MARK).write_text("made by bangiao demo; removed by the next one\n", encoding="utf-8")
    return replace(settings, data_dir=place, database_url="", clock=CLOCK, prefect_api_url=None, four_eyes=True)
