"""Story tests speak through the command line: who types what, and what they see."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from builders import open_all

from bangiao.cli import main
from bangiao.i18n import chosen_language
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from db.queries import decision_lines
from db.session import begin_read

MORNING = "2025-06-17T08:00:00+07:00"


@dataclass(frozen=True)
class Answer:
    """What a command answered. `said` is the output on one line, so that layout does not matter."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return " ".join(self.out.split())

    @property
    def complaint(self) -> str:
        return " ".join(self.err.split())

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass
class Office:
    """An installation, and people who type commands at it."""

    url: str
    folder: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    clock: str = MORNING

    def __call__(self, who: str, *words: object, language: str = "vi", **settings: str) -> Answer:
        """`who` types `bangiao` and these words."""
        chosen = {
            "DATABASE_URL": self.url,
            "DATA_DIR": str(self.folder),
            "CLOCK": self.clock,
            "ACTOR": who,
            "LANGUAGE": language,
        }
        for name in [name for name in os.environ if name.startswith("BANGIAO_")]:
            self.patch.delenv(name)
        for name, value in (chosen | settings).items():
            self.patch.setenv(f"BANGIAO_{name}", value)
        chosen_language.cache_clear()
        self.capture.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        out, err = self.capture.readouterr()
        return Answer(int(end.value.code or 0), out, err)

    @contextmanager
    def wiring(self) -> Iterator[Wiring]:
        clock = datetime.fromisoformat(self.clock)
        made = wire(Settings(data_dir=self.folder, database_url=self.url, clock=clock))
        yield made
        made.engine.dispose()

    def worker_comes(self) -> None:
        """What the worker does with every registered decision when it runs."""
        with self.wiring() as wiring:
            with begin_read(wiring.engine) as connection:
                waiting = [line.id for line in decision_lines(connection) if line.state == "registered"]
            for decision_id in waiting:
                open_all(wiring, decision_id)


@pytest.fixture
def bangiao(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    monkeypatch.chdir(tmp_path)
    yield Office(database_url, tmp_path, monkeypatch, capsys)
    monkeypatch.undo()
    chosen_language.cache_clear()
