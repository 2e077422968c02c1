"""Events that other systems send in: CloudEvents 1.0, in structured or binary mode.

request → **here** → `web.api.events` → a decision's draft. One type is taken: a decision was issued.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn
from urllib.parse import unquote

from checklists.cloud_event import MEDIA_TYPE, PREFIX, SPEC_VERSION, SUFFIX
from checklists.errors import BadInput

DECISION_ISSUED = f"{PREFIX}decision.issued{SUFFIX}"
JSON = "application/json"
LONGEST = 500
_BINARY = "ce-"


class NotACloudEvent(BadInput):
    """What came is no CloudEvent: send the media type application/cloudevents+json (structured mode), or
    application/json with the headers ce-specversion, ce-id, ce-source and ce-type (binary mode)."""


class NotReadable(BadInput):
    """The event is not JSON, or nothing that a CloudEvent may be. Nothing was drafted."""


class AttributeWrong(BadInput):
    """The attribute {name} of the event is missing, too long or no text. CloudEvents demand specversion, id, source and
    type, each at most {most} characters that can be printed."""


class OtherSpecVersion(BadInput):
    """The event is of version {given} of CloudEvents; version 1.0 is read here."""


class TypeNotTaken(BadInput):
    """Events of the type {given} are not taken here. What is taken: {taken}."""


class DataMissing(BadInput):
    """The event has no data that is a JSON object. Data is the decision, as a decision file has it."""


class SameIdOtherContent(BadInput):
    """An event with the id {id} from {source} came before, with other content. Each event needs an id of its own."""


@dataclass(frozen=True, slots=True)
class Received:
    """One event. `data` is its content as JSON text."""

    id: str
    source: str
    type: str
    data: bytes

    @property
    def key(self) -> str:
        """By which it is known when it comes again: source and id, as the specification says."""
        return f"event-{sha256(json.dumps([self.source, self.id]).encode()).hexdigest()}"


def received(headers: Mapping[str, str], body: bytes) -> Received:
    """The event in a request. `headers` by their names in small letters. Raises what is wrong with it."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == MEDIA_TYPE:
        return _structured(body)
    if media == JSON and f"{_BINARY}specversion" in headers:
        said = {
            name.removeprefix(_BINARY): unquote(value) for name, value in headers.items() if name.startswith(_BINARY)
        }
        return _event(said, _object(_read(body)))
    raise NotACloudEvent()


def _structured(body: bytes) -> Received:
    said = _read(body)
    if not isinstance(said, dict):
        raise NotReadable()
    if "data_base64" in said:
        try:
            data = _read(base64.b64decode(said["data_base64"], validate=True))
        except (binascii.Error, TypeError, ValueError) as error:
            raise DataMissing() from error
    else:
        data = said.get("data")
    if not _is_json(said.get("datacontenttype", JSON)):
        raise DataMissing()
    return _event(said, _object(data))


def _event(said: Mapping[str, Any], data: dict[str, Any]) -> Received:
    version = _attribute(said, "specversion")
    if version != SPEC_VERSION:
        raise OtherSpecVersion(given=version)
    kind = _attribute(said, "type")
    if kind != DECISION_ISSUED:
        raise TypeNotTaken(given=kind, taken=DECISION_ISSUED)
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    try:
        content = text.encode()
    except UnicodeEncodeError as error:  # halves of characters
        raise NotReadable() from error
    return Received(_attribute(said, "id"), _attribute(said, "source"), kind, content)


def _attribute(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise AttributeWrong(name=name, most=LONGEST)
    return value


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise DataMissing()
    return data


def _is_json(media: Any) -> bool:
    kind = str(media).partition(";")[0].strip().lower()
    return kind == JSON or kind.endswith("+json")


def _read(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotReadable() from error


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("no number")
