"""Words: English sentences are the catalogue's ids, Vietnamese comes from `bangiao/locale` (complete, tested).

`_()` speaks the language in force (setting `language`, Vietnamese unless chosen otherwise; on the pages the reader's
own, for the length of a request: `speaking`); `translator()` one that is named, for texts that are stored in both.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import as_file, files

from bangiao.settings import BadSetting, load_settings
from checklists.messages import Message, Translate


@cache
def translator(language: str) -> Translate:
    """The translation into `language` ("vi" or "en"); English is the catalogue id itself."""
    if language == "en":
        return gettext.NullTranslations().gettext
    with as_file(files("bangiao") / "locale") as folder:
        return gettext.translation("bangiao", localedir=folder, languages=[language]).gettext


@cache
def both_languages() -> Mapping[str, Translate]:
    """For what is stored in both."""
    return {language: translator(language) for language in ("vi", "en")}


_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within the block, `language` is in force: for one reader among many. Threads begun in it take it along where
    they copy the context (asyncio's do)."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def language_in_force() -> str:
    """The reader's where there is one (`speaking`), else the chosen one."""
    return _spoken.get() or chosen_language()


@cache
def chosen_language() -> str:
    """Vietnamese also when a setting is wrong, so that the complaint about it can be read."""
    try:
        return load_settings().language
    except BadSetting:
        return "vi"


def _(text: str) -> str:
    return translator(language_in_force())(text)


def render(message: Message, language: str | None = None) -> str:
    """The message as a sentence, in the language in force or the one named."""
    return message.render(translator(language or language_in_force()))
