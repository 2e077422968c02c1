"""Who hears of a step: a level's audience, resolved into people by role, reach and substitution.

a level to plan + the holder's reach + the directory → **recipients** → notices. If nobody is found the next wider
group is told, and that is a finding: no level ever speaks to nobody in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from checklists.escalation.ladder import Audience, audience_words
from checklists.messages import Message
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole, Substitution, role_words
from checklists.units import Level, UnitKey


@dataclass(frozen=True, slots=True)
class ReachedUnit:
    """A unit whose roles count for the holder. A chain of them begins with the holder, nearest first, as
    `UnitTree.reach` gives it; the whole country is understood at its end."""

    key: UnitKey
    level: Level
    name: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell, and the ground: the role and unit they have, or stand in for (`on_behalf_of`)."""

    account: str
    ground: Message
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Who is told, in order. `widened`: nobody of the audience itself could be."""

    recipients: tuple[Recipient, ...]
    widened: bool = False
    findings: tuple[Message, ...] = ()


Held = tuple[UnitKey, PersonRole, str]
"""A role in a unit, and the account that holds it."""


class Directory:
    """Who holds which role, and who stands in for whom, on one day. Disabled people are not in it."""

    def __init__(
        self,
        people: Iterable[Person],
        assignments: Iterable[Assignment],
        substitutions: Iterable[Substitution],
        day: date,
    ) -> None:
        held = ((one.unit, one.role, one.person) for one in assignments if one.holds_on(day))
        absences = (one for one in sorted(substitutions, key=lambda one: one.key) if one.holds_on(day))
        names = {one.account: one.name for one in people if one.acts_on(day)}
        self._fill(names, held, ((one.absent, one.substitute) for one in absences))

    @classmethod
    def of_the_day(
        cls, names: Mapping[str, str], held: Iterable[Held], stand_ins: Iterable[tuple[str, str]]
    ) -> Directory:
        """From what holds that day alone: names of those who act, roles, and who is absent with the substitute, in
        order."""
        made = cls.__new__(cls)
        made._fill(names, held, stand_ins)
        return made

    def _fill(self, names: Mapping[str, str], held: Iterable[Held], stand_ins: Iterable[tuple[str, str]]) -> None:
        self._names = names
        self._holding: dict[tuple[UnitKey, PersonRole], set[str]] = {}
        for unit, role, account in held:
            if account in names:
                self._holding.setdefault((unit, role), set()).add(account)
        self._held_in = {unit for unit, _ in self._holding}
        self._stand_ins: dict[str, list[str]] = {}
        for absent, substitute in stand_ins:
            if substitute in names:
                self._stand_ins.setdefault(absent, []).append(substitute)

    def holders(self, unit: UnitKey, role: PersonRole) -> list[str]:
        """Accounts in order."""
        found = self._holding.get((unit, role))
        return sorted(found) if found else []

    def holds_any(self, place: ReachedUnit) -> bool:
        """Whether anybody has any role there."""
        return place.key in self._held_in

    def name(self, account: str) -> str:
        return self._names.get(account, account)

    def acting(self, account: str, among: Collection[str] | None = None) -> list[str]:
        """Who is there for them: themselves, or in their absence the substitutes (and theirs). Where no substitute can
        be told either (is not `among`), the absent person is, if they can be: somebody must be."""
        if account not in self._stand_ins:
            return [account] if among is None or account in among else []
        present = list(self._present(account, {account}))
        able = [one for one in dict.fromkeys(present) if among is None or one in among]
        return able or [one for one in [account] if among is None or one in among]

    def _present(self, account: str, seen: set[str]) -> Iterator[str]:
        stand_ins = self._stand_ins.get(account)
        if not stand_ins:
            yield account
        for one in stand_ins or ():
            if one not in seen:
                yield from self._present(one, seen | {one})


@dataclass(frozen=True, slots=True)
class _Country:
    """The whole country, which stands above every chain."""

    key: UnitKey
    name: Message


_COUNTRY = _Country(EVERYWHERE, Message("the whole country"))
_Place = ReachedUnit | _Country
_Seat = tuple[_Place, PersonRole]

_LEAD, _COMMITTEE, _VERIFIER = PersonRole.UNIT_LEAD, PersonRole.COMMITTEE, PersonRole.VERIFIER
_ADMINISTRATOR = PersonRole.ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class _Group:
    """Roles in places that are told together. `asked`: it is the audience itself, not a wider one."""

    words: Message
    asked: bool
    seats: tuple[_Seat, ...]


def recipients(
    audience: Audience,
    chain: Sequence[ReachedUnit],
    directory: Directory,
    *,
    reachable: Collection[str] | None = None,
    not_to: Collection[str] = (),
) -> Found:
    """Whom the level tells. `reachable`: accounts with a working channel (None: all); `not_to`: accounts left out, as
    the doers are where verifiers are asked. For AWAITED_LEADS, `chain` is that of the awaited step's holder."""
    for group in _groups(audience, chain, directory):
        found = tuple(_people(group, directory, reachable, not_to))
        if found and group.asked:
            return Found(found)
        if found:
            return Found(found, True, (_widened(audience, chain, group.words),))
    return Found((), True, (_nobody(audience, chain),))


def _groups(audience: Audience, chain: Sequence[ReachedUnit], directory: Directory) -> Iterator[_Group]:
    """From the audience itself outwards, to the country's committee and whoever administers the installation."""
    own, above = chain[:1], chain[1:]
    if audience is Audience.VERIFIERS:
        places: list[_Place] = [*chain, _COUNTRY]
        for place in places:
            yield _group(Audience.VERIFIERS, [place], [_VERIFIER], asked=True)
    if audience in {Audience.UNIT_LEAD, Audience.AWAITED_LEADS, Audience.VERIFIERS}:
        yield _group(Audience.UNIT_LEAD, own, [_LEAD], asked=audience is not Audience.VERIFIERS)
    if audience not in {Audience.PROVINCE, Audience.COMMITTEE}:
        for unit in filter(directory.holds_any, above):
            yield _group(
                Audience.SUPERIOR, [unit], [_LEAD, _COMMITTEE], asked=audience is Audience.SUPERIOR and unit is above[0]
            )
    if audience is not Audience.COMMITTEE:
        provinces = [unit for unit in chain if unit.level is Level.PROVINCE]
        yield _group(Audience.PROVINCE, provinces, [_LEAD, _COMMITTEE], asked=audience is Audience.PROVINCE)
    high = [unit for unit in chain if unit.level in {Level.PROVINCE, Level.MINISTRY}]
    for height in (high, [_COUNTRY]):
        yield _group(Audience.COMMITTEE, height, [_COMMITTEE], asked=audience is Audience.COMMITTEE)
    yield _Group(role_words(_ADMINISTRATOR), False, _seats([*chain, _COUNTRY], [_ADMINISTRATOR]))


def _group(audience: Audience, places: Sequence[_Place], roles: Sequence[PersonRole], *, asked: bool) -> _Group:
    return _Group(audience_words(audience), asked, _seats(places, roles))


def _seats(places: Sequence[_Place], roles: Sequence[PersonRole]) -> tuple[_Seat, ...]:
    return tuple((place, role) for place in places for role in roles)


def _people(
    group: _Group, directory: Directory, reachable: Collection[str] | None, not_to: Collection[str]
) -> Iterator[Recipient]:
    """Each once, by the first ground; neither those left out nor anybody in their name."""
    told = set(not_to)
    for place, role in group.seats:
        for account in directory.holders(place.key, role):
            acting = [] if account in not_to else directory.acting(account, reachable)
            yield from (_recipient(account, one, role, place, directory) for one in acting if one not in told)
            told.update(acting)


def _recipient(account: str, acting: str, role: PersonRole, place: _Place, directory: Directory) -> Recipient:
    values = {"role": role_words(role), "unit": place.name}
    if acting == account:
        return Recipient(account, Message("{role}, {unit}", values))
    names = {"substitute": directory.name(acting), "absent": directory.name(account)}
    return Recipient(acting, Message("{substitute} in place of {absent}: {role}, {unit}", {**values, **names}), account)


def _widened(audience: Audience, chain: Sequence[ReachedUnit], reached: Message) -> Message:
    values = {"asked": audience_words(audience), "unit": _name(chain), "reached": reached}
    return Message("Nobody can be told as {asked} of {unit}: it went to {reached} instead.", values)


def _nobody(audience: Audience, chain: Sequence[ReachedUnit]) -> Message:
    values = {"asked": audience_words(audience), "unit": _name(chain)}
    return Message("Nobody can be told as {asked} of {unit}, nor anybody above. Assign somebody.", values)


def _name(chain: Sequence[ReachedUnit]) -> Message | str:
    return chain[0].name if chain else _COUNTRY.name
