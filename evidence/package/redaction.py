"""Leaving out: fields, files and whatever repeats them, from the rows of a package that verified.

unpacked package → **values to leave out** (first pass) → rows without them (second pass) → reports made anew elsewhere.
A field that was left out reads `{"left_out": commitment}`: whoever is told salt and value later can check it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence.package.bag import Bag
from evidence.package.canonical import canonical
from evidence.package.errors import CannotLeaveOut, NoSuchField, NoSuchFileInside

PERSONAL = (
    "people.account",
    *(f"decisions.{one}" for one in ("drafted_by", "registered_by")),
    *(f"decisions.changes.{one}" for one in ("drafted_by", "committed_by", "reason")),
    *(f"templates.{one}" for one in ("published_by",)),
    *(f"steps.{one}" for one in ("reason", "doers")),
    *(f"evidence.{one}" for one in ("name", "text", "added_by", "on_behalf_of", "withdrawn_by")),
    *(f"verifications.{one}" for one in ("given_by", "on_behalf_of")),
    *(f"minutes.{one}" for one in ("drafted_by", "confirmations.by", "confirmations.on_behalf_of")),
    *(f"notices.{one}" for one in ("recipient", "in_place_of", "deliveries.address", "deliveries.attempts.words")),
    *(f"acknowledgements.{one}" for one in ("given_by", "on_behalf_of", "words")),
    *(f"events.{one}" for one in ("id", "subject", "actor", "on_behalf_of", "request", "payload.reason")),
)
"""What tells of persons: left out for outsiders. `people.account` leaves out the whole list of people."""

ALLOWED = frozenset({*PERSONAL, "people.name"})
"""Fields that may be left out; of events, any that is sealed in the log (`events.payload.NAME`) beside these."""

_PRODUCT = "bangiao"
"""The product itself acts under this name, which tells of nobody."""

_SAYING = re.compile(r"people\.(name|account)|.*\.(reason|words|text|name|address)|events\.payload\..*")
"""Fields whose values must not stand elsewhere either. Who did something is no such value, as long as people are named:
the account may stand where nobody asked to have it left out."""

_KEYS = frozenset({"id", "key", "account", "unit", "holder", "step", "checklist", "decision", "hash", "path", "state"})
"""What rows are found by."""

_LONG = 12
_FILES = "data/files"


@dataclass(frozen=True, slots=True)
class LeavingOut:
    """What is to be left out, why, and who says so; `seed` is the package's own secret."""

    fields: frozenset[str]
    files: frozenset[str]
    basis: str
    by: str
    at: str
    seed: bytes

    def check(self) -> None:
        """Raises NoSuchField."""
        for one in sorted(self.fields - ALLOWED):
            if not one.startswith("events.payload."):
                raise NoSuchField(field=one, known=", ".join(sorted(ALLOWED)))

    def of(self, file: str, *, saying: bool = False) -> list[list[str]]:
        """The fields of one kind of row, as paths into it; `saying`: only those that say something by themselves."""
        named = (one for one in sorted(self.fields) if one.partition(".")[0] == file)
        return [one.split(".")[1:] for one in named if not saying or _SAYING.fullmatch(one)]

    def commitment(self, place: str, value: Any) -> str:
        salt = hmac.new(self.seed, place.encode(), hashlib.sha256).hexdigest()
        return hashlib.sha256(canonical([salt, place, value])).hexdigest()


@dataclass
class Redaction:
    """One package, unpacked in `bag`, losing what is to be left out."""

    bag: Bag
    wanted: LeavingOut
    counts: Counter[str] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)
    _values: set[str] = field(default_factory=set)
    _stubs: dict[str, str] = field(default_factory=dict)

    def carry_out(self) -> None:
        """Rows, documents and files; raises CannotLeaveOut where a value stands in what cannot be changed."""
        self.wanted.check()
        self._leave_files_out()
        for name, row in self._everything():
            self._values.update(_texts(self._named(name, row)))
        self._values -= {_PRODUCT, ""}
        self._values.update(self.wanted.files)
        sweep = _Sweep(self._values)
        for place in self._row_files():
            self._rewrite(place, sweep)
        self._must_be_gone(sweep)

    def _row_files(self) -> list[Path]:
        data = self.bag.folder / "data"
        found = [*data.glob("*.jsonl"), *data.glob("templates/*.json")]
        return sorted(one for one in found if one.name != "proofs.jsonl")

    def _everything(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for place in self._row_files():
            yield from ((_kind(place), row) for row in _rows(place))

    def _named(self, name: str, row: Mapping[str, Any]) -> Iterator[Any]:
        """The values of the fields to be left out."""
        if name == "events":
            wanted = {".".join(one) for one in self.wanted.of(name, saying=True)}
            yield from (value for said, (_salt, value) in row["disclosures"].items() if said in wanted)
        elif name == "people" and "people.account" in self.wanted.fields:
            yield from (row["account"], row["name"])
        elif name != "people" or row["name"] != row["account"]:  # somebody without a name has the account instead
            for path in self.wanted.of(name, saying=True):
                yield from _found(row, path)

    def _rewrite(self, place: Path, sweep: _Sweep) -> None:
        name, path = _kind(place), place.relative_to(self.bag.folder).as_posix()
        if place.suffix == ".json":
            self.bag.document(path, self._row(name, json.loads(place.read_bytes()), sweep))
            return
        kept = 0
        with self.bag.lines(path) as lines:
            for row in _rows(place):
                if name == "people" and "people.account" in self.wanted.fields:
                    self.counts["people.account"] += 1
                    continue
                lines.write(self._row(name, row, sweep))
                kept += 1
        self.rows[place.name] = kept

    def _row(self, name: str, row: dict[str, Any], sweep: _Sweep) -> dict[str, Any]:
        if name == "events":
            return self._event(row, sweep)
        key = f"{name}#{row.get('id') or row.get('key') or row.get('account') or row.get('hash') or ''}"
        if name in {"evidence", "minutes"}:
            self._without_files(name, row)
        for path in self.wanted.of(name) if name != "people" or row["name"] != row["account"] else ():
            self.counts[f"{name}.{'.'.join(path)}"] += _replaced(
                row, path, lambda at, value: self._left(key, at, value)
            )
        swept: dict[str, Any] = sweep.over(row, lambda at, value: self._swept(name, key, at, value), everywhere=name)
        return swept

    def _event(self, row: dict[str, Any], sweep: _Sweep) -> dict[str, Any]:
        wanted = {".".join(one) for one in self.wanted.of("events")}
        kept = {}
        for name, (salt, value) in row["disclosures"].items():
            if (name in wanted and value != _PRODUCT) or sweep.hits(value):
                self.counts[f"events.{name}"] += 1
            else:
                kept[name] = [salt, value]
        return {"document": row["document"], "disclosures": kept}

    def _left(self, key: str, at: str, value: Any) -> dict[str, str]:
        return {"left_out": self.wanted.commitment(f"{key}#{at}", value)}

    def _swept(self, name: str, key: str, at: str, value: Any) -> dict[str, str]:
        self.counts[f"{name}.{re.sub(r'[.][0-9]+', '', at)}"] += 1
        return self._left(key, at, value)

    def _leave_files_out(self) -> None:
        for digest in sorted(self.wanted.files):
            found = list((self.bag.folder / _FILES).glob(f"{digest}.*"))
            if not found:
                raise NoSuchFileInside(digest=digest)
            [place] = found
            commitment = self.wanted.commitment(f"files#{digest}", digest)
            stub = {"left_out": commitment, "basis": self.wanted.basis, "by": self.wanted.by, "at": self.wanted.at}
            self.bag.drop(place.relative_to(self.bag.folder).as_posix())
            self.bag.document(f"{_FILES}/{commitment}.left-out.json", stub)
            self._stubs[f"files/{place.name}"] = f"files/{commitment}.left-out.json"
            self.counts["files"] += 1

    def _without_files(self, name: str, row: dict[str, Any]) -> None:
        """Rows name the stub where the file was; its digest goes with it."""
        if name == "minutes":
            row["paths"] = [self._stubs.get(one, one) for one in row["paths"]]
        elif row["path"] in self._stubs:
            row["path"] = self._stubs[row["path"]]
            for one in ("sha256", "name"):
                if isinstance(row[one], str):
                    row[one] = self._left(f"evidence#{row['id']}", one, row[one])

    def _must_be_gone(self, sweep: _Sweep) -> None:
        for place in self._row_files():
            text = place.read_bytes()
            for value in sweep.long:
                if json.dumps(value, ensure_ascii=False)[1:-1].encode() in text:
                    raise CannotLeaveOut(file=place.name)


class _Sweep:
    """Values that must not stand anywhere else either: long ones in no text, short ones not as a whole value."""

    def __init__(self, values: Iterable[str]) -> None:
        self.whole = frozenset(values)
        self.long = sorted(one for one in self.whole if _telling(one))
        longest_first = sorted(self.long, key=len, reverse=True)
        self._inside = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        names = sorted(self.whole, key=len, reverse=True)
        self._words = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, names))})(?![\w.-])") if names else None

    def hits(self, value: Any, everywhere: str = "") -> bool:
        """Whether a value, or something in it, is one of them; in `missing`, which names people, short ones too."""
        if isinstance(value, Mapping):
            return any(self.hits(one, everywhere) for one in value.values())
        if isinstance(value, list):
            return any(self.hits(one, everywhere) for one in value)
        if not isinstance(value, str):
            return False
        if value in self.whole or (self._inside is not None and self._inside.search(value) is not None):
            return True
        return everywhere == "missing" and self._words is not None and self._words.search(value) is not None

    def over(self, value: Any, left: Any, everywhere: str, at: str = "") -> Any:
        """The value with `left(path, text)` for every text that hits."""
        if isinstance(value, dict):
            if value.keys() == {"left_out"}:
                return value
            return {
                name: one if name in _KEYS else self.over(one, left, everywhere, f"{at}.{name}".lstrip("."))
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [self.over(one, left, everywhere, f"{at}.{place}") for place, one in enumerate(value)]
        return left(at, value) if self.hits(value, everywhere) else value


def _telling(value: str) -> bool:
    """Long enough, or odd enough, to mean nothing else where it stands inside a text."""
    return len(value) >= _LONG or (len(value) > 3 and not value.isalpha())


def _kind(place: Path) -> str:
    return "templates" if place.parent.name == "templates" else place.stem


def _rows(place: Path) -> Iterator[dict[str, Any]]:
    with place.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list):
            yield from _texts(value)


def _found(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _found(one, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _found(value[path[0]], path[1:])


def _replaced(value: Any, path: list[str], left: Any, at: str = "") -> int:
    """Replace the field in place, in every element of lists on the way; gives how often there was something."""
    if isinstance(value, list):
        return sum(_replaced(one, path, left, f"{at}.{place}") for place, one in enumerate(value))
    name, *rest = path
    if not isinstance(value, dict) or name not in value:
        return 0
    here = f"{at}.{name}".lstrip(".")
    if rest:
        return _replaced(value[name], rest, left, here)
    if value[name] in (None, "", [], _PRODUCT):
        return 0
    value[name] = left(here, value[name])
    return 1
