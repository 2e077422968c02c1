"""Rebuild the national register of administrative units, byte for byte.

Reads the data files of the PyPI package vietnamadminunits 1.0.4 and the small tables in bangiao/data/register
(corrections, official notes, decisions, ministries); writes bangiao/data/register/units.csv and the 35 files of
bangiao/data/decisions. Exit codes: 0 written or equal, 1 different (--check), 2 the sources are not what they must be.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from register_decisions import decision_files, units_csv
from register_source import RegisterError, read_source
from register_successions import read_table, register_successions, register_units

DATA = Path(__file__).resolve().parent.parent / "bangiao" / "data"
_SHOWN_LINES = 12


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        built = build(options.data)
    except RegisterError as error:
        print(error, file=sys.stderr)
        return 2
    return check(built, options.data) if options.check else write(built, options.data)


def build(data: Path) -> dict[str, str]:
    """Path below `data` → text, for every file of the register that is built rather than written by hand."""
    tables = data / "register"
    _say("reading the package")
    source = read_source()
    _say("units")
    units = register_units(source, read_table(tables / "name_corrections.csv"))
    _say("successions")
    successions = register_successions(
        source, units, read_table(tables / "corrections.csv"), read_table(tables / "official_notes.csv")
    )
    _say("decision files")
    ministries = [row["code"] for row in read_table(tables / "ministries.csv")]
    files = {"register/units.csv": units_csv(units.values())}
    for name, text in decision_files(read_table(tables / "decisions.csv"), units, successions, ministries):
        files[f"decisions/{name}"] = text
    _say(f"{len(units):,} units, {len(successions):,} successions, {len(files) - 1} decisions")
    return files


def write(built: dict[str, str], data: Path) -> int:
    for name in _unexpected(built, data):
        (data / name).unlink()
        _say(f"removed {name}")
    for name, text in built.items():
        file = data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    _say(f"written to {data}")
    return 0


def check(built: dict[str, str], data: Path) -> int:
    """Compares bytes with what is there; says what differs."""
    different = [f"{name}: not built by this script" for name in _unexpected(built, data)]
    for name, text in built.items():
        file = data / name
        found = file.read_bytes() if file.is_file() else None
        if found is None:
            different.append(f"{name}: missing")
        elif found != text.encode():
            different.append(f"{name}: different\n{_summary(found.decode(errors='replace'), text)}")
    print("\n".join(different) if different else f"{len(built)} files are as built.")
    return 1 if different else 0


def _unexpected(built: dict[str, str], data: Path) -> list[str]:
    present = sorted(f"decisions/{file.name}" for file in (data / "decisions").glob("*.yaml"))
    return [name for name in present if name not in built]


def _summary(found: str, text: str) -> str:
    lines = difflib.unified_diff(found.splitlines(), text.splitlines(), "committed", "built", n=0, lineterm="")
    changed = [line for line in lines if not line.startswith("@@")]
    more = f"\n  ... {len(changed) - _SHOWN_LINES} more lines" if len(changed) > _SHOWN_LINES else ""
    return "\n".join(f"  {line}" for line in changed[:_SHOWN_LINES]) + more


def _say(text: str) -> None:
    print(f"register: {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the files are not as built")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with register/ and decisions/ (%(default)s)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
