"""Sentences of a package in both languages, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from checklists.messages import Message, Translate
from checklists.package.records import Words


class Bilingual:
    """Renders messages in Vietnamese and English; what is translated once is not looked up again."""

    def __init__(self, languages: Mapping[str, Translate]) -> None:
        self._vi, self._en = cache(languages["vi"]), cache(languages["en"])

    def say(self, message: Message) -> Words:
        return {"vi": message.render(self._vi), "en": message.render(self._en)}

    def say_of(self, message: Message, **worded: Words) -> Words:
        """`worded` values differ by language themselves."""
        vi = {name: one["vi"] for name, one in worded.items()}
        en = {name: one["en"] for name, one in worded.items()}
        return {
            "vi": Message(message.msgid, {**message.values, **vi}).render(self._vi),
            "en": Message(message.msgid, {**message.values, **en}).render(self._en),
        }

    def join(self, messages: list[Message], between: str = "; ") -> Words:
        said = [self.say(one) for one in messages]
        return {"vi": between.join(one["vi"] for one in said), "en": between.join(one["en"] for one in said)}
