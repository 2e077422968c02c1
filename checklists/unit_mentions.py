"""Units as people write them: whether the register knows a key, and what was probably meant where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from checklists.decision_errors import CodeWithoutGeneration, NotAUnitKey, UnknownUnit
from checklists.errors import BadInput
from checklists.messages import Message
from checklists.places import quoted
from checklists.units import Unit, UnitKey, is_unit_key

_CODE_LENGTHS = (2, 3, 5)


class Register(Protocol):
    """The units that may be named."""

    def unit(self, key: UnitKey) -> Unit | None: ...

    def same_code(self, code: str) -> Sequence[UnitKey]:
        """Keys with this code, in every generation."""
        ...


def unit_mistake(key: UnitKey, path: str, register: Register) -> BadInput | None:
    """Why `key` names no unit of the register, with a hint; None if it names one."""
    if register.unit(key) is not None:
        return None
    if is_unit_key(key):
        return UnknownUnit(path=path, key=key, hint=near_units(key, register))
    if is_unit_key(f"old:{key}") and any(char.isdigit() for char in key):
        return CodeWithoutGeneration(path=path, code=key, hint=_generations(key, register))
    return NotAUnitKey(path=path, value=quoted(key))


def named(key: UnitKey, register: Register) -> str:
    """The key with the unit's name, for sentences: "old:00004 Phường Trúc Bạch"."""
    unit = register.unit(key)
    return f"{key} {unit.name}" if unit else quoted(key)


def near_units(key: UnitKey, register: Register) -> Message:
    """The units that may have been meant by a key the register does not know."""
    generation, _, code = key.partition(":")
    found = sorted(_same_codes(code, register), key=lambda other: not other.startswith(f"{generation}:"))
    if not found:
        return Message("Find its key with: bangiao units list.")
    return Message("Is {found} meant?", {"found": _either(found, register)})


def _generations(code: str, register: Register) -> Message:
    found = _same_codes(code, register)
    if not found:
        return Message("No generation has this code; find the key with: bangiao units list.")
    return Message("Is it {found}?", {"found": _either(found, register)})


def _same_codes(code: str, register: Register) -> list[UnitKey]:
    """Units with this code, also if a spreadsheet took its leading zeros."""
    codes = [code, *(code.zfill(length) for length in _CODE_LENGTHS if code.isdigit())]
    return [key for one in dict.fromkeys(codes) for key in register.same_code(one)]


def _either(keys: Iterable[UnitKey], register: Register) -> Message | str:
    names = [named(key, register) for key in keys]
    if len(names) == 1:
        return names[0]
    return Message("{some} or {last}", {"some": tuple(names[:-1]), "last": names[-1]})
