"""The circuit breaker: a server that failed several times in a row is left alone, then asked by one message.

Closed: messages go out. Open: they wait, without costing an attempt. Half open: one probe goes out; its outcome closes
or opens again. Pure logic: time and outcome come as arguments. It is for one thread, the one that claims and records.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Circuit:
    """One server's state. `probe_until`: a probe is out; if nothing was heard by then, another may go."""

    failures: int = 0
    closed_again: datetime | None = None
    probe_until: datetime | None = None


CLOSED = Circuit()


@dataclass(slots=True)
class Breaker:
    """Circuits by lane (`Channel.lane`). `limit` failures in a row open one; each further failure doubles the rest."""

    limit: int = 5
    rest: timedelta = timedelta(seconds=30)
    longest_rest: timedelta = timedelta(minutes=10)
    probe: timedelta = timedelta(seconds=60)
    circuits: dict[str, Circuit] = field(default_factory=dict)

    def wait_until(self, lane: str, now: datetime) -> datetime | None:
        """None: send now (where it was open, this one is the probe). Otherwise: when to ask again."""
        circuit = self.circuits.get(lane, CLOSED)
        if circuit.closed_again is None:
            return None
        blocked = max(circuit.closed_again, circuit.probe_until or circuit.closed_again)
        if now < blocked and blocked - now <= max(self.longest_rest, self.probe):  # else the clock went back
            return blocked
        self.circuits[lane] = replace(
            circuit, closed_again=min(circuit.closed_again, now), probe_until=now + self.probe
        )
        return None

    def heard(self, lane: str, now: datetime, *, host_failed: bool) -> None:
        """What an attempt showed (`Outcome.host_failed`). A refusal of the message is a sign of life."""
        if not host_failed:
            self.circuits.pop(lane, None)
            return
        failures = self.circuits.get(lane, CLOSED).failures + 1
        self.circuits[lane] = Circuit(failures, now + self._rest_after(failures) if failures >= self.limit else None)

    def state(self, lane: str, now: datetime) -> str:
        """closed, open or half_open, for people."""
        circuit = self.circuits.get(lane, CLOSED)
        if circuit.closed_again is None:
            return "closed"
        return "open" if now < circuit.closed_again <= now + self.longest_rest else "half_open"

    def rests_longest(self, lane: str) -> bool:
        """Whether it has failed so often that it rests as long as any may."""
        failures = self.circuits.get(lane, CLOSED).failures
        return failures >= self.limit and self._rest_after(failures) == self.longest_rest

    def _rest_after(self, failures: int) -> timedelta:
        times: int = 2 ** min(failures - self.limit, 10)
        return min(self.rest * times, self.longest_rest)
