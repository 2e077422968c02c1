"""What the installation stands on: settings, database, schema, folders with room, and a clock that can be believed."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy import text

from bangiao.health.checks import Area, Check, Finding, Look, Verdict
from checklists.deadlines import VIETNAM
from checklists.messages import Message
from db.findings import newest_event
from db.session import sqlite_driver, wal_is_safe
from db.upgrade import HEAD, current_revision

_FILES = 10
"""There should be room for so many files of the largest size that is accepted."""

_CLOCKS_DIFFER = timedelta(minutes=5)
"""Two machines of one installation may be so far apart."""

_MEGABYTE = 1 << 20


def settings(look: Look) -> Verdict:
    """They could be read, or nothing else would be looked at; a rehearsal's fault must not stay armed."""
    fine = Message("They can be read.")
    if look.wiring.settings.fault is None:
        return Verdict(fine)
    what = Message(
        "A fault is armed ({point}): this installation kills its own processes.",
        {"point": look.wiring.settings.fault[0]},
    )
    return Verdict(fine, [Finding(what, Message("Remove the setting BANGIAO_FAULT."), "BANGIAO_FAULT")])


def database(look: Look) -> Verdict:
    """It answers. An embedded one that is not there is not made by asking."""
    url = look.wiring.engine.url
    if look.wiring.engine.dialect.name == "sqlite" and not Path(url.database or "").is_file():
        what = Message("There is no database at {file} yet.", {"file": url.database})
        return Verdict(what, [Finding(what, _UPGRADE, str(url.database))])
    with look.record() as connection:
        if connection.dialect.name == "sqlite":
            version = str(connection.scalar(text("SELECT sqlite_version()")))
        else:
            version = str(connection.scalar(text("SHOW server_version"))).partition(" ")[0]
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    kind = names.get(look.wiring.engine.dialect.name, look.wiring.engine.dialect.name)
    return Verdict(Message("{kind} {version} answers.", {"kind": kind, "version": version}))


_UPGRADE = Message("Bring it up to date with: bangiao db upgrade")


def schema(look: Look) -> Verdict:
    """The tables are those this program works with."""
    found = current_revision(look.wiring.engine)
    fine = Message("It is the one this program needs ({revision}).", {"revision": HEAD})
    if found == HEAD:
        return Verdict(fine)
    what = Message("The database is at {found}; this program needs {needed}.", {"found": found or "–", "needed": HEAD})
    return Verdict(fine, [Finding(what, _UPGRADE, str(look.wiring.engine.url))])


def journal(look: Look) -> Verdict:
    """WAL only on a SQLite that does not lose committed transactions with it."""
    if look.wiring.engine.dialect.name != "sqlite":
        return Verdict(Message("Kept by the server."))
    with look.record() as connection:
        mode = str(connection.scalar(text("PRAGMA journal_mode")))
    return judged_journal(sqlite_driver().sqlite_version_info, mode)


def judged_journal(version: tuple[int, ...], mode: str) -> Verdict:
    """Whether this mode may be used with this version of SQLite."""
    told = {"mode": mode.upper(), "version": ".".join(map(str, version))}
    fine = Message("{mode}, safe with SQLite {version}.", told)
    if mode != "wal" or wal_is_safe(version):
        return Verdict(fine)
    what = Message("The journal is {mode}, and SQLite {version} can lose committed transactions with it.", told)
    todo = Message("Stop everything that uses the database, install the package pysqlite3 and start again.")
    return Verdict(fine, [Finding(what, todo, told["mode"])])


def whole(look: Look) -> Verdict:
    """The database file is readable to its last page."""
    fine = Message("Read to the last page.")
    if look.wiring.engine.dialect.name != "sqlite":
        return Verdict(Message("Kept by the server."))
    with look.record() as connection:
        said = [str(one) for one in connection.scalars(text("PRAGMA quick_check"))]
    todo = Message("Stop work and restore the database from the last good backup.")
    found = [
        Finding(Message("The database file is damaged: {said}", {"said": one}), todo, str(look.wiring.engine.url))
        for one in said
    ]
    return Verdict(fine, [] if said == ["ok"] else found)


def folders(look: Look) -> Verdict:
    """Data and evidence can be written, and there is room."""
    settings = look.wiring.settings
    needed = settings.evidence_max_mb * _FILES
    told = [_folder(folder, needed) for folder in dict.fromkeys((settings.data_dir, settings.evidence_folder))]
    free = min(_free(folder) for folder in (settings.data_dir, settings.evidence_folder))
    fine = Message("Both can be written; {free} MB are free.", {"free": free})
    return Verdict(fine, [finding for finding in told if finding])


def _folder(folder: Path, needed: int) -> Finding | None:
    try:
        with TemporaryFile(dir=_there(folder)) as file:
            file.write(b"\0")
    except OSError as error:
        what = Message("{folder} cannot be written ({why}).", {"folder": str(folder), "why": error.strerror or error})
        todo = Message("Give the account this program runs under the right to write there, or mount the disk.")
        return Finding(what, todo, str(folder))
    if (free := _free(folder)) >= needed:
        return None
    told = {"folder": str(folder), "free": free, "needed": needed}
    what = Message("{folder} has {free} MB left; {needed} MB are needed for ten of the largest files.", told)
    return Finding(what, Message("Make room on that disk, or move the folder to a larger one."), str(folder))


def _free(folder: Path) -> int:
    return shutil.disk_usage(_there(folder)).free // _MEGABYTE


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it: some are made only when they are first used."""
    return next(one for one in (folder, *folder.parents) if one.exists())


_SET_CLOCK = Message("Set the clock of this machine (or the setting BANGIAO_CLOCK).")


def clock(look: Look) -> Verdict:
    """Nothing on record may lie ahead of now."""
    now = look.wiring.now()
    fine = Message("{now}: not before anything on record.", {"now": f"{now.astimezone(VIETNAM):%d/%m/%Y %H:%M}"})
    with look.record() as connection:
        newest = newest_event(connection)
    if newest is None or newest - now <= _CLOCKS_DIFFER:
        return Verdict(fine)
    told = {one: f"{when.astimezone(VIETNAM):%d/%m/%Y %H:%M}" for one, when in (("now", now), ("newest", newest))}
    what = Message("The clock says {now}, and the newest event on record is of {newest}.", told)
    return Verdict(fine, [Finding(what, _SET_CLOCK, told["now"])])


_ENV = Area.ENVIRONMENT

DATABASE = Check("database", _ENV, Message("Database"), database)
SCHEMA = Check("schema", _ENV, Message("Schema"), schema)

CHECKS = (
    Check("settings", _ENV, Message("Settings"), settings),
    Check("folders", _ENV, Message("Folders"), folders),
    DATABASE,
    SCHEMA,
    Check("journal", _ENV, Message("Journal of the database"), journal),
    Check("database-file", _ENV, Message("Database file"), whole, deep=True),
    Check("clock", _ENV, Message("Clock"), clock),
)
