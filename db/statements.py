"""Statements of the way of an act, run on the driver's own cursor inside the transaction that SQLAlchemy began.

A statement of SQLAlchemy Core, compiled once for each kind of database. Running it the usual way costs several times
what the database does for it (a cursor, a context and a result object each time); here it costs the driver's call.
What SQLAlchemy's types do to values going in and coming out is kept, and so are its classes of errors.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Dialect, bindparam, func, literal_column, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Processor = Callable[[Any], Any]

_PLACES_BY_NUMBER = psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
"""psycopg's own named places cost more to fill in than places in order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: rows (of a query or RETURNING), and how many rows were found or written."""

    rows: Sequence[Any]
    count: int


class Statement:
    """One statement, whose values are its bound parameters by name. `make` gives it for a kind of database, where it
    is not the same for both; `columns` are those that an INSERT fills, if not all of its table."""

    def __init__(self, make: Callable[[str], Any], columns: Sequence[str] | None = None) -> None:
        self._make = make
        self._columns = columns
        self._forms: dict[str, _Form] = {}

    def run(self, connection: Connection, values: Values) -> Answer:
        """Run it once."""
        form = self.form(connection.dialect)
        parameters = form.parameters(values)
        try:
            return form.answer(_execute(connection, form, parameters))
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_usual(connection, form.sql, parameters, error) from error

    def form(self, dialect: Dialect) -> _Form:
        held = self._forms.get(dialect.name)
        if held is None:
            held = self._forms[dialect.name] = _Form(self._make(dialect.name), dialect, self._columns)
        return held


Work = tuple[Statement, Values]


class _Form:
    """A statement as the driver of one kind of database takes it."""

    def __init__(self, core: Any, dialect: Dialect, columns: Sequence[str] | None) -> None:
        spoken = _PLACES_BY_NUMBER if dialect.name == "postgresql" else dialect
        compiled: SQLCompiler = core.compile(dialect=spoken, column_keys=columns)
        assert not compiled.post_compile_params, "lists of values are not for here"  # noqa: S101
        self.sql = str(compiled)
        self._places = [_place(compiled, name, dialect) for name in compiled.positiontup or ()]
        answers = list(core.exported_columns) if compiled.effective_returning or core.is_select else []
        self._row: Callable[[Sequence[Any]], Any] | None = None
        if answers:
            row: Any = namedtuple("row", [one.key for one in answers])  # type: ignore[misc]  # columns of the query
            self._row = row._make
        readers = ((place, _reader(one.type, dialect)) for place, one in enumerate(answers))
        self._readers = [(place, read) for place, read in readers if read]

    def parameters(self, values: Values) -> tuple[Any, ...]:
        return tuple(
            [
                constant if name is None else write(values[name]) if write else values[name]
                for name, write, constant in self._places
            ]
        )

    def answer(self, cursor: Any) -> Answer:
        if self._row is None:
            return Answer((), cursor.rowcount)
        rows = [self._row(self._read(row)) for row in cursor.fetchall()]
        return Answer(rows, len(rows))

    def _read(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self._readers:
            return row
        read = list(row)
        for place, reader in self._readers:
            read[place] = reader(read[place])
        return read


def _place(compiled: SQLCompiler, name: str, dialect: Dialect) -> tuple[str | None, Processor | None, Any]:
    """A place of the statement: its value's name and how it is written; a constant of the query stands here itself."""
    bind = compiled.binds[name]
    write = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required or bind.value is None:
        return name, write, None
    return None, None, write(bind.value) if write else bind.value


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def among(column: ColumnElement[Any], dialect: str) -> ColumnElement[bool]:
    """The column is one of `these`: a list as one value, so that the statement is the same for any number of them."""
    if dialect == "postgresql":
        these = bindparam("these", type_=postgresql.ARRAY(column.type))
        return column == func.any(these)
    listed = func.json_each(bindparam("these", type_=JSON())).table_valued("value")
    return column.in_(select(listed.c.value))


def joined(column: ColumnElement[str]) -> ColumnElement[str]:
    """All values of a column as one text, parted by blanks (written out: bound, they would be no plain value)."""
    blank: Any = literal_column("' '")
    return func.aggregate_strings(column, blank)


def run_together(connection: Connection, work: Sequence[Work]) -> list[Answer]:
    """Run them in this order; on PostgreSQL they go out at once, and one way there and back is waited for."""
    if connection.dialect.name != "postgresql" or len(work) < 2:
        return [statement.run(connection, values) for statement, values in work]
    forms = [statement.form(connection.dialect) for statement, _ in work]
    filled = [form.parameters(values) for form, (_, values) in zip(forms, work, strict=True)]
    try:
        with _driver(connection).pipeline():
            cursors = [_execute(connection, *one) for one in zip(forms, filled, strict=True)]
        return [form.answer(cursor) for form, cursor in zip(forms, cursors, strict=True)]
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_usual(connection, "; ".join(form.sql for form in forms), (), error) from error


def _execute(connection: Connection, form: _Form, parameters: Sequence[Any]) -> Any:
    if connection.dialect.name == "postgresql":
        return _driver(connection).execute(form.sql, parameters, prepare=True)
    return _driver(connection).execute(form.sql, parameters)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _as_usual(connection: Connection, sql: str, parameters: tuple[Any, ...], error: BaseException) -> BaseException:
    """The driver's error as SQLAlchemy raises it."""
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, parameters, error, base, dialect=connection.dialect)
