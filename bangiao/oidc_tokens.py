"""An ID token → who it is about, or the refusal. Nothing in a token is believed before its signature is.

Signatures by a published key of the issuer only, in the ways the settings allow; a key that is not known yet is looked
for once more. Then issuer, audience, authorized party, times and nonce (OpenID Connect Core 3.1.3.7).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bangiao.oidc_provider import Provider, library, plain
from checklists.messages import Message

_LEEWAY, _OLDEST = 60, 600
"""Seconds: how far clocks may differ, and how old a token may be that was asked for just now."""
_LONGEST_SUBJECT = 255
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""Of signatures, the keys they are made with. Keys of another kind, shared secrets among them, are not looked at."""

_SIGNATURE = Message("its signature does not fit")


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom the issuer says it is. `called` is for people to read; `strong`: with a second factor."""

    issuer: str
    subject: str
    called: str
    strong: bool


def proven(provider: Provider, tokens: dict[str, Any], nonce: str, now: datetime) -> Proven:
    """Raises AnswerNotTrusted, ProviderAway."""
    token = tokens.get("id_token")
    if not isinstance(token, str):
        raise provider.untrusted(Message("it sent no ID token"), sorted(tokens))
    header, claims = _signed(provider, token)
    _check(provider, header, claims, tokens.get("access_token"), nonce, now)
    subject = claims["sub"]
    if not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise provider.untrusted(_other("sub"), subject)
    names = (claims.get(name) for name in ("preferred_username", "email", "name"))
    called = next((plain(one) for one in names if isinstance(one, str) and one.strip()), plain(subject))
    return Proven(provider.issuer, subject, called, _strong(provider, claims))


def _signed(provider: Provider, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header = _header(provider, token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in provider.settings.oidc_algorithms:
        words = Message("it is signed in a way that is not taken: {alg}", {"alg": plain(algorithm, 20)})
        raise provider.untrusted(words)
    key = _key(provider, algorithm, header.get("kid"))
    jwt, jose = library("joserfc.jwt"), library("joserfc.errors").JoseError
    try:
        made = jwt.decode(token, library("joserfc.jwk").import_key(key), algorithms=[algorithm])
    except (jose, ValueError, TypeError, KeyError) as error:
        raise provider.untrusted(_SIGNATURE, error) from error
    return made.header, made.claims


def _header(provider: Provider, token: str) -> dict[str, Any]:
    first = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError as error:
        raise provider.untrusted(Message("its ID token cannot be read"), error) from error
    if not isinstance(header, dict):
        raise provider.untrusted(Message("its ID token cannot be read"))
    return header


def _key(provider: Provider, algorithm: str, kid: Any) -> dict[str, Any]:
    """The one it names, asked for once more where it is new; without a name, the only one there is."""
    for anew in (False, True):
        fitting = [one for one in provider.keys(anew) if _fits(one, algorithm)]
        named = [one for one in fitting if kid is None or one.get("kid") == kid]
        if len(named) == 1:
            return named[0]
    raise provider.untrusted(Message("it is signed with a key that it does not publish"), kid)


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    kind = key.get("kty") == _KINDS[algorithm[:2]]
    return kind and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm


def _check(
    provider: Provider, header: dict[str, Any], claims: dict[str, Any], access: Any, nonce: str, now: datetime
) -> None:
    """What it says must be what was asked for, now."""
    client, errors = provider.settings.oidc_client_id, library("joserfc.errors")
    wanted = {"iss": {"essential": True, "value": provider.issuer}, "aud": {"essential": True, "value": client}}
    asked = {"nonce": nonce, "client_id": client, "access_token": access}
    token = library("authlib.oidc.core").CodeIDToken(claims, header, wanted, asked)
    seconds = int(now.timestamp())
    try:
        token.validate(now=seconds, leeway=_LEEWAY)
    except errors.ExpiredTokenError as error:
        raise provider.untrusted(Message("it has expired, or the clocks differ"), error) from error
    except (errors.JoseError, ValueError, TypeError) as error:
        raise provider.untrusted(_other(str(getattr(error, "claim", None) or "?")), error) from error
    if claims["iat"] < seconds - _OLDEST:
        raise provider.untrusted(_other("iat"), claims["iat"])


def _strong(provider: Provider, claims: dict[str, Any]) -> bool:
    """Where certain values of `acr` are demanded, it must have one. Raises AnswerNotTrusted."""
    wanted, how = provider.settings.oidc_acr, claims.get("amr")
    if wanted:
        if claims.get("acr") not in wanted:
            raise provider.untrusted(_other("acr"), claims.get("acr"))
        return True
    return isinstance(how, list) and "mfa" in how


def _other(claim: str) -> Message:
    return Message("“{claim}” is missing or another than expected", {"claim": plain(claim, 40)})
