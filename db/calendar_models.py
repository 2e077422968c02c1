"""The table of days that differ from what the release says: overrides, put on record by an administrator."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class CalendarDayRow(Row):
    """What a day is by a decree that came after the release; taken back, the row goes and the event stays."""

    __tablename__ = "calendar_day"

    on_day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    announced: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
