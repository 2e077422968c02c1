"""The ping to an operator's dead-man URL: “all is well”. That it stays away is the alarm, said by somebody else.

An empty POST by the same way as a webhook's: the address is checked, nothing is followed, and no wait is endless.
"""

from __future__ import annotations

from datetime import datetime

from checklists.errors import HandoverError
from notifiers.channels import Address, Channel, Delivery, Envelope, Kind, Limits, Outcome
from notifiers.masking import Secret
from notifiers.outcomes import refused
from notifiers.posting import Answer, meaning, post


def ping(url: str, limits: Limits, now: datetime) -> Outcome:
    """What the other side said; it never raises. Who knows the URL could silence the alarm, so it counts as secret."""
    channel = Channel("dead-man", "dead-man", Kind.WEBHOOK, url=Secret(url))
    delivery = Delivery(channel, Address(""), Envelope("", "", ""), limits, now)
    try:
        answer = post(delivery, url, b"", {"User-Agent": "bangiao"})
    except HandoverError as error:
        return refused(error)
    return meaning(channel, answer) if isinstance(answer, Answer) else answer
