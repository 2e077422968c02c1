"""A gateway that takes a JSON form by POST and answers with a code: what Vietnamese providers have in common.

The provider answers 200 also where it refuses, so that the code in its answer decides. Codes that nobody classified
are "for now": trying again for a day costs little, giving up on a message that could have gone out costs more.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from notifiers.channels import Channel, Delivery, Outcome
from notifiers.errors import BadPhoneNumber, ChannelIncomplete
from notifiers.letters import plain_id
from notifiers.outcomes import answered, broken, said, sent
from notifiers.posting import Answer, meaning, place_of, post

_PLACE = re.compile(r"\{(\w+)\}")
_LONGEST_ID = 48
"""Providers take 48 (Zalo) or 50 (SMS) characters to know a repeat by."""

_SEPARATORS = re.compile(r"[\s.()-]+")
_MOBILE = re.compile(r"(?:\+?84|0)([35789]\d{8})")


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent and how the answer is read. Places: {phone} {id} {subject} {text} {user} {secret}, and whatever a
    channel's option `values` names. `accepted`, `for_good` and `about_us` (wrong key, no credit) are codes."""

    body: Mapping[str, Any]
    code: str
    words: str
    accepted: frozenset[str]
    for_good: frozenset[str] = frozenset()
    about_us: frozenset[str] = frozenset()
    headers: Mapping[str, str] | None = None


def speak(form: Form) -> Callable[[Delivery], Outcome]:
    """The service that fills in `form`, as the channel's options change it."""

    def deliver(delivery: Delivery) -> Outcome:
        channel = delivery.channel
        if not channel.url:
            raise ChannelIncomplete(channel=channel.name, part="url")
        spoken = changed(form, channel.options)
        values = _values(delivery)
        body = json.dumps(filled(spoken.body, values, channel), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **filled(spoken.headers or {}, values, channel)}
        url = channel.url.reveal()
        answer = post(delivery, url, body, headers)
        if isinstance(answer, Outcome):
            return answer
        return read(spoken, channel, place_of(channel, url).host, answer)

    return deliver


def changed(form: Form, options: Mapping[str, Any]) -> Form:
    """`form` with the parts that a channel's options name."""
    codes = {"accepted", "for_good", "about_us"}
    changes: dict[str, Any] = {}
    for part in fields(form):
        if part.name in options:
            value = options[part.name]
            changes[part.name] = frozenset(map(str, value)) if part.name in codes else value
    return replace(form, **changes)


def read(form: Form, channel: Channel, host: str, answer: Answer) -> Outcome:
    """The outcome by the provider's code; by the HTTP status where that is already a no."""
    if not 200 <= answer.status < 300:
        return meaning(channel, answer)
    try:
        told = json.loads(answer.body)
        code = str(told[form.code])
    except (ValueError, KeyError, TypeError):
        return broken(channel, host, http.client.HTTPException(said(channel, answer.body)))
    words = said(channel, f"{code} {told.get(form.words) or ''}")
    if code in form.accepted:
        return sent(answer.status, words)
    return answered(answer.status, words, for_good=code in form.for_good, ailing=code in form.about_us)


def filled(part: Any, values: Mapping[str, str], channel: Channel) -> Any:
    """`part` with its places filled in, once: what stands in a message is never a place."""
    if isinstance(part, Mapping):
        return {name: filled(value, values, channel) for name, value in part.items()}
    if not isinstance(part, str):
        return part

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise ChannelIncomplete(channel=channel.name, part=match[1])
        return values[match[1]]

    return _PLACE.sub(value, part)


def phone_number(text: str) -> str:
    """84912345678 from the ways in which people write it. Raises BadPhoneNumber."""
    match = _MOBILE.fullmatch(_SEPARATORS.sub("", text))
    if match is None:
        raise BadPhoneNumber(address=text[:30])
    return f"84{match[1]}"


def _values(delivery: Delivery) -> dict[str, str]:
    channel, envelope = delivery.channel, delivery.envelope
    own = {str(name): str(value) for name, value in dict(channel.options.get("values", {})).items()}
    return {
        **own,
        "phone": phone_number(delivery.address.value),
        "id": short_id(envelope.id),
        "subject": envelope.subject,
        "text": envelope.text,
        "user": channel.user,
        "secret": channel.secret.reveal(),
    }


def short_id(envelope_id: str) -> str:
    """The envelope's id, or a digest of it where it is too long; the same at each attempt."""
    plain = plain_id(envelope_id)
    return plain if len(plain) <= _LONGEST_ID else plain_id(f"{envelope_id} ")[:_LONGEST_ID]
