"""The tables of evidence packages: which were made, from what, and what each would be compared with.

order or export → **package** → the event `package.exported`, in one transaction with the row's last state.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class PackageRow(Row):
    """A package, or an order for one. `facts` are the digests of its row files, `document` is its `scope.json`: from
    both, and the log up to `checkpoint_size`, the same package can be made again byte for byte."""

    __tablename__ = "package"
    __table_args__ = (Index(None, "scope_hash", "state"), Index(None, "tagmanifest_sha256"))

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    scope: Mapped[str] = mapped_column(Text)
    scope_hash: Mapped[str]
    language: Mapped[str]
    purpose: Mapped[str] = mapped_column(Text)
    exported_by: Mapped[str]
    ordered_at: Mapped[datetime]
    target: Mapped[str] = mapped_column(Text)
    anew: Mapped[bool]
    seed: Mapped[bytes] = mapped_column(LargeBinary)
    """Salts of what is left out for outsiders come from it; it never leaves the database."""
    as_of: Mapped[datetime | None]
    checkpoint_size: Mapped[int | None]
    facts: Mapped[str | None] = mapped_column(Text)
    facts_digest: Mapped[str | None]
    document: Mapped[str | None] = mapped_column(Text)
    tagmanifest_sha256: Mapped[str | None]
    supersedes: Mapped[str | None]
    repeats: Mapped[str | None]
    """Of an order that found nothing new: the package that was handed out again."""
    redaction_of: Mapped[str | None] = mapped_column(ForeignKey("package.id"))
    bytes: Mapped[int | None]
    files: Mapped[int | None]
    exported_at: Mapped[datetime | None]
    stage: Mapped[str] = mapped_column(Text)
    """What is being done, for those who wait; with how much of it, and when that was last written."""
    done: Mapped[int]
    total: Mapped[int]
    touched_at: Mapped[datetime]


class PackageDigestRow(Row):
    """The rows of one file of a package, 16 bytes each: the next one says with it what changed. Only the newest
    package of a scope keeps them."""

    __tablename__ = "package_digest"

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    file: Mapped[str] = mapped_column(primary_key=True)
    digests: Mapped[bytes] = mapped_column(LargeBinary)
