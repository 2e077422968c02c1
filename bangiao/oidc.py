"""Signing in with the office's own account: to the provider and back (authorization code, PKCE, state, nonce).

button → `begin` (a sealed cookie, ten minutes) → the provider → `finish` → `Proven` → `bangiao.identities`. What was
begun is known to the browser that began it and to nobody else: nothing is kept here for somebody who does not come
back, and an answer that another browser brings opens nothing.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bangiao.oidc_errors import ProviderRefused, SignInNotBegun
from bangiao.oidc_provider import Provider, library, plain
from bangiao.oidc_tokens import Proven, proven
from bangiao.second_factor import keys_for_sealing
from bangiao.wiring import Wiring
from checklists.messages import Message
from db.session import begin_read
from notifiers.errors import BrokenSeal, WrongKey
from notifiers.secrets import seal, unseal

WITHIN = timedelta(minutes=10)
_LONGEST = 500
_BYTES = 32
_BEGUN, _PROOF = "office sign-in", "office identity"


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody goes to the provider for: to enter, to link it with their own account (`account`, in the session
    `session`), or with the account they are invited to (`invitation`, the link's token)."""

    to: str = "/"
    account: str = ""
    session: str = field(default="", repr=False)
    invitation: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it keeps meanwhile."""

    address: str
    cookie: str = field(repr=False)


def begin(wiring: Wiring, provider: Provider, errand: Errand) -> Begun:
    """Raises ProviderAway, AnswerNotTrusted."""
    state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
    metadata, settings = provider.metadata(), provider.settings
    challenge = library("authlib.oauth2.rfc7636.challenge").create_s256_code_challenge(verifier)
    address = library("authlib.oauth2.rfc6749.parameters").prepare_grant_uri(
        metadata["authorization_endpoint"],
        settings.oidc_client_id,
        "code",
        provider.callback,
        " ".join(sorted(settings.oidc_scopes)),
        state,
        nonce=nonce,
        code_challenge=challenge,
        code_challenge_method="S256",
        acr_values=" ".join(sorted(settings.oidc_acr)) or None,
    )
    errand = Errand(errand.to[:_LONGEST], errand.account, errand.session, errand.invitation)
    content = asdict(errand) | {"state": state, "nonce": nonce, "verifier": verifier}
    return Begun(str(address), _sealed(wiring, content, _BEGUN))


def finish(wiring: Wiring, provider: Provider, cookie: str, answer: Mapping[str, str]) -> tuple[Errand, Proven]:
    """What the provider's answer, as it stands in the address, proves. Raises SignInNotBegun, ProviderRefused,
    AnswerNotTrusted, ProviderAway."""
    begun = _opened(wiring, cookie, _BEGUN)
    if not hmac.compare_digest(str(begun["state"]).encode(), answer.get("state", "").encode()):
        raise SignInNotBegun()
    errand = Errand(*(str(begun[name]) for name in Errand.__slots__))
    _demand_from(provider, answer)
    if "error" in answer or not answer.get("code"):
        raise ProviderRefused(provider=provider.label, why=plain(answer.get("error", "no code"), 60))
    tokens = provider.tokens(answer["code"], str(begun["verifier"]))
    return errand, proven(provider, tokens, str(begun["nonce"]), wiring.now())


def _demand_from(provider: Provider, answer: Mapping[str, str]) -> None:
    """That this issuer answers, where it says who it is (RFC 9207): an answer of another provider that somebody mixes
    in is told apart before the code leaves here."""
    says = provider.metadata().get("authorization_response_iss_parameter_supported") is True
    if (says or "iss" in answer) and answer.get("iss") != provider.issuer:
        raise provider.untrusted(Message("it comes from another issuer"), answer.get("iss"))


def sealed_proof(wiring: Wiring, errand: Errand, whom: Proven) -> str:
    """What a page asks about and its form brings back: nobody else's, and for ten minutes."""
    bound = errand.session or errand.invitation
    return _sealed(wiring, asdict(whom) | {"account": errand.account, "bound": bound}, _PROOF)


def opened_proof(wiring: Wiring, proof: str, account: str, bound: str) -> Proven:
    """Of the same account in the same session, or of the same invitation. Raises SignInNotBegun."""
    content = _opened(wiring, proof, _PROOF)
    if content["account"] != account or not hmac.compare_digest(str(content["bound"]).encode(), bound.encode()):
        raise SignInNotBegun()
    return Proven(content["issuer"], content["subject"], content["called"], bool(content["strong"]))


def _sealed(wiring: Wiring, content: Mapping[str, Any], place: str) -> str:
    with begin_read(wiring.engine) as connection:
        keys = keys_for_sealing(connection, wiring.settings)
    return seal(json.dumps({**content, "until": (wiring.now() + WITHIN).isoformat()}), keys, place)


def _opened(wiring: Wiring, text: str, place: str) -> dict[str, Any]:
    """Raises SignInNotBegun: changed, too old, or nothing at all."""
    with begin_read(wiring.engine) as connection:
        keys = keys_for_sealing(connection, wiring.settings)
    try:
        content: dict[str, Any] = json.loads(unseal(text, keys, place).reveal())
    except (BrokenSeal, WrongKey) as error:
        raise SignInNotBegun() from error
    if wiring.now() > datetime.fromisoformat(content["until"]):
        raise SignInNotBegun()
    return content
