"""The office's own sign-in (OpenID Connect) as this process knows it: the settings, what it has said of itself, its
keys; and the exchange of a code for tokens.

It is asked by the rules that hold for whatever leaves this machine (`notifiers.egress`): an internal address must be
allowed, nothing is followed, and nothing is waited for longer than a few seconds. Authlib is imported here and in
`bangiao.oidc_tokens`, and only where an issuer is set.
"""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bangiao.oidc_errors import (
    AnswerNotTrusted,
    NobodyCouldEnter,
    OidcIncomplete,
    OidcNotInstalled,
    OidcSecretUnreadable,
    ProviderAway,
    ProviderRefused,
)
from bangiao.settings import Settings
from checklists.errors import HandoverError
from checklists.messages import Message
from notifiers.asking import Answered, ask
from notifiers.channels import Limits
from notifiers.egress import Allowed

log = logging.getLogger(__name__)

_KEPT = 3600.0
"""Seconds for which what a provider says of itself holds."""
_CONNECT, _READ, _TOTAL = 3.0, 5.0, 8.0
_GOOD, _BROKEN = 200, 500
_HERE = frozenset({"127.0.0.1", "localhost"})
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def library(name: str) -> Any:
    """A module of the extra. Raises OidcNotInstalled."""
    try:
        return import_module(name)
    except ImportError as error:
        raise OidcNotInstalled() from error


def office_sign_in(settings: Settings) -> Provider | None:
    """None where no issuer is set. Raises what is missing for it, and NobodyCouldEnter."""
    if settings.oidc_issuer:
        return Provider(settings)
    if not settings.passwords:
        raise NobodyCouldEnter()
    return None


@dataclass(frozen=True, slots=True)
class _Said:
    """Something the provider said, and when (monotonic seconds)."""

    content: dict[str, Any]
    at: float

    @property
    def fresh(self) -> bool:
        return time.monotonic() - self.at < _KEPT


class Provider:
    """One for the process."""

    def __init__(self, settings: Settings) -> None:
        for name in ("oidc_client_id", "oidc_client_secret_file", "link_base"):
            if not getattr(settings, name):
                raise OidcIncomplete(name=f"BANGIAO_{name.upper()}")
        library("authlib.oidc.core")
        self.settings, self.issuer = settings, settings.oidc_issuer
        self.limits = Limits(_CONNECT, _READ, _TOTAL, Allowed.parse(settings.allowed_targets))
        self._secret = _secret(settings)
        self._metadata: _Said | None = None
        self._keys: _Said | None = None

    @property
    def label(self) -> str:
        """What people call it: as set, else its host."""
        return self.settings.oidc_label or urlsplit(self.issuer).hostname or self.issuer

    @property
    def callback(self) -> str:
        """Where it sends people back to; registered there. Never made of what a request says."""
        return f"{self.settings.link_base}/sign-in/office/back"

    def metadata(self) -> dict[str, Any]:
        """What it says of itself. Raises ProviderAway, AnswerNotTrusted."""
        if self._metadata is None or not self._metadata.fresh:
            address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            said = self._document(self._asked(address), "the configuration")
            if said.get("issuer") != self.issuer:  # word for word: whoever answers for another one is another one
                raise self.untrusted(Message("it speaks for another issuer"), said.get("issuer"))
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not self.takes(said.get(name)):
                    raise self.untrusted(Message("its configuration is incomplete: {name}", {"name": name}), said)
            self._metadata = _Said(said, time.monotonic())
        return self._metadata.content

    def keys(self, anew: bool = False) -> list[dict[str, Any]]:
        """Its public keys; `anew`: whatever is kept. Raises ProviderAway."""
        if anew or self._keys is None or not self._keys.fresh:
            said = self._document(self._asked(self.metadata()["jwks_uri"]), "the keys")
            self._keys = _Said(said, time.monotonic())
        listed = self._keys.content.get("keys")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []

    def tokens(self, code: str, verifier: str) -> dict[str, Any]:
        """What it gives for a code. Raises ProviderAway, ProviderRefused."""
        metadata = self.metadata()
        prepare = library("authlib.oauth2.rfc6749.parameters").prepare_token_request
        body = prepare("authorization_code", "", self.callback, code=code, code_verifier=verifier)
        headers = dict(_FORM)
        if "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            pair = f"{quote(self.settings.oidc_client_id, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            told = {"client_id": self.settings.oidc_client_id, "client_secret": self._secret}
            body = f"{body}&{urlencode(told)}"
        answer = self._asked(metadata["token_endpoint"], body.encode(), headers)
        if answer.status != _GOOD:
            raise self._refusal(answer)
        return self._document(answer, "the tokens")

    def farewell(self) -> str:
        """Where somebody signs out there, too; "" where it offers none or does not answer at once."""
        try:
            place = self.metadata().get("end_session_endpoint")
        except HandoverError:
            return ""
        if not self.takes(place):
            return ""
        back = {"client_id": self.settings.oidc_client_id, "post_logout_redirect_uri": self.settings.link_base}
        return f"{place}{'&' if urlsplit(str(place)).query else '?'}{urlencode(back)}"

    def takes(self, address: Any) -> bool:
        """An address of theirs: over TLS, or on this machine as the issuer itself."""
        if not isinstance(address, str):
            return False
        parts, own = urlsplit(address), urlsplit(self.issuer)
        plain = parts.scheme == own.scheme == "http" and parts.hostname in _HERE
        return (parts.scheme == "https" and bool(parts.hostname)) or plain

    def untrusted(self, why: Message, detail: object = "") -> AnswerNotTrusted:
        """The refusal, with what only the log is told."""
        log.warning("office sign-in: %s: %s: %.300s", self.issuer, why.msgid, detail)
        return AnswerNotTrusted(provider=self.label, why=why)

    def _asked(self, address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answered:
        ca_file = str(self.settings.oidc_ca_file or "")
        try:
            return ask(address, self.limits, body, headers or {"Accept": "application/json"}, ca_file)
        except HandoverError as error:
            log.warning("office sign-in: %s: %s", address, error)
            raise ProviderAway(provider=self.label) from error

    def _document(self, answer: Answered, what: str) -> dict[str, Any]:
        try:
            content = json.loads(answer.body) if answer.status == _GOOD else None
        except ValueError:
            content = None
        if not isinstance(content, dict):
            log.warning("office sign-in: %s: %s did not come (%d)", self.issuer, what, answer.status)
            raise ProviderAway(provider=self.label)
        return content

    def _refusal(self, answer: Answered) -> HandoverError:
        if answer.status >= _BROKEN:
            log.warning("office sign-in: %s: no tokens (%d)", self.issuer, answer.status)
            return ProviderAway(provider=self.label)
        try:
            why = str(json.loads(answer.body)["error"])
        except (ValueError, KeyError, TypeError):
            why = str(answer.status)
        log.warning("office sign-in: %s: no tokens: %.100s", self.issuer, why)
        return ProviderRefused(provider=self.label, why=plain(why))


def plain(words: object, most: int = 100) -> str:
    """What somebody else says, short and on one line."""
    return "".join(one for one in str(words) if one.isprintable())[:most]


def _secret(settings: Settings) -> str:
    assert settings.oidc_client_secret_file  # noqa: S101 - looked at before
    try:
        text = settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OidcSecretUnreadable(why=str(error)) from error
    if not text:
        raise OidcSecretUnreadable(why=Message("it is empty"))
    return text
