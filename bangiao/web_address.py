"""Where the pages of this data directory are served: the process that serves them says so, others read it.

`web.server` → `web.json` → `bangiao up`, the demonstration.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass

from bangiao.settings import Settings

_FILE = "web.json"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """The pages' address, and the process that answers there."""

    url: str
    pid: int


def say_web_address(settings: Settings, url: str) -> None:
    """Of this process."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    beside = settings.data_dir / f"{_FILE}.{os.getpid()}"
    beside.write_text(json.dumps(asdict(WebAddress(url, os.getpid()))), encoding="utf-8")
    beside.replace(settings.data_dir / _FILE)


def known_web_address(settings: Settings) -> WebAddress | None:
    """What was said last; its process may have ended since."""
    with suppress(FileNotFoundError, ValueError, TypeError):
        return WebAddress(**json.loads((settings.data_dir / _FILE).read_text(encoding="utf-8")))
    return None
