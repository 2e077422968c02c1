"""What the office's own sign-in says is believed only where all of it is right: its keys, its times, whom it speaks to.

The provider is a real server with real keys; what is wrong with an answer is wrong in one place each.
"""

from __future__ import annotations

import base64
import hmac
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from clocks import START
from joserfc import jwt
from office_provider import CLIENT, SECRET, Provider, provider_on_loopback, signing_key

from bangiao import oidc_provider
from bangiao.oidc_errors import (
    AnswerNotTrusted,
    NobodyCouldEnter,
    OidcIncomplete,
    OidcNotInstalled,
    OidcSecretUnreadable,
    ProviderAway,
    ProviderRefused,
)
from bangiao.oidc_provider import office_sign_in
from bangiao.oidc_tokens import Proven, proven
from bangiao.settings import Settings

BACK = "http://bangiao.test/sign-in/office/back"
NONCE = "một-lần"
NOW = int(START.timestamp())


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider_on_loopback(lambda: START, BACK) as provider:
        yield provider


@pytest.fixture
def settings(there: Provider, tmp_path: Path) -> Settings:
    secret = tmp_path / "client.secret"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    return Settings(
        data_dir=tmp_path,
        oidc_issuer=there.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=secret,
        link_base="http://bangiao.test",
        allowed_targets=frozenset({f"127.0.0.1:{there.port}"}),
    )


@pytest.fixture
def known(settings: Settings) -> oidc_provider.Provider:
    made = office_sign_in(settings)
    assert made
    return made


def verdict(known: oidc_provider.Provider, token: str, **more: str) -> Proven:
    return proven(known, {"id_token": token, **more}, NONCE, START)


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims))
    return f"{'.'.join(parts)}."


def test_a_right_answer_says_whom_it_is_about(known: oidc_provider.Provider, there: Provider) -> None:
    whom = verdict(known, there.signed(there.true_claims(NONCE)))
    assert whom == Proven(there.issuer, there.subject, "lan.nt", strong=False)
    assert verdict(known, there.signed(there.true_claims(NONCE) | {"amr": ["pwd", "mfa"]})).strong


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "for another client": {"aud": "another"},
    "for another client, asked for by us": {"aud": "another", "azp": CLIENT},
    "for nobody": {"aud": []},
    "for two, and nobody says for whom": {"aud": [CLIENT, "another"]},
    "for two, asked for by the other": {"aud": [CLIENT, "another"], "azp": "another"},
    "asked for by another": {"azp": "another"},
    "expired": {"exp": NOW - 61},
    "never expires": {"exp": None},
    "expires when nobody can say": {"exp": "never"},
    "not valid yet": {"nbf": NOW + 61},
    "made in the future": {"iat": NOW + 61},
    "made long ago": {"iat": NOW - 601},
    "without a time": {"iat": None},
    "another nonce": {"nonce": "of-another"},
    "no nonce": {"nonce": None},
    "about nobody": {"sub": ""},
    "without a subject": {"sub": None},
    "a subject that is no word": {"sub": 17},
    "a subject with a line break": {"sub": "lan\nnam"},
    "about another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_in_one_place_is_refused(known: oidc_provider.Provider, there: Provider, wrong: str) -> None:
    token = there.signed(there.true_claims(NONCE) | WRONG[wrong])
    with pytest.raises(AnswerNotTrusted):
        verdict(known, token, access_token="thẻ")


@pytest.mark.parametrize("right", [{"exp": NOW - 59}, {"iat": NOW + 59}, {"nbf": NOW + 59}, {"aud": [CLIENT]}])
def test_clocks_may_differ_by_a_minute(known: oidc_provider.Provider, there: Provider, right: dict[str, Any]) -> None:
    assert verdict(known, there.signed(there.true_claims(NONCE) | right)).subject == there.subject


def with_the_public_key(there: Provider) -> str:
    """A signature with a shared secret, made with what everybody can read."""
    public = signing_key(there.key)
    content = unsigned({"alg": "HS256", "kid": public.kid}, there.true_claims(NONCE)).rstrip(".")
    signature = hmac.new(public.as_pem(private=False), content.encode(), sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def with_another_key(there: Provider) -> str:
    """Under the name of the right one."""
    return jwt.encode({"alg": "RS256", "kid": "khoa-1"}, there.true_claims(NONCE), signing_key(9))


def with_its_own_key(there: Provider) -> str:
    """A token that brings the key to look at it with."""
    own = signing_key(9)
    header = {"alg": "RS256", "kid": "khoa-1", "jwk": own.as_dict(private=False)}
    return jwt.encode(header, there.true_claims(NONCE), own)


def changed_afterwards(there: Provider) -> str:
    head, _body, signature = there.signed(there.true_claims(NONCE)).split(".")
    claims = json.dumps(there.true_claims(NONCE) | {"sub": "chu-tich"}).encode()
    return f"{head}.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.{signature}"


FORGED: dict[str, Callable[[Provider], str]] = {
    "unsigned": lambda there: unsigned({"alg": "none"}, there.true_claims(NONCE)),
    "unsigned, in other letters": lambda there: unsigned({"alg": "nOnE"}, there.true_claims(NONCE)),
    "without saying how": lambda there: unsigned({}, there.true_claims(NONCE)),
    "signed with the public key": with_the_public_key,
    "signed with another key": with_another_key,
    "with a key of its own": with_its_own_key,
    "changed afterwards": changed_afterwards,
    "no token at all": lambda _there: "không phải token",
    "nothing": lambda _there: "",
    "a list": lambda _there: unsigned([], {}),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_signature_that_is_none_of_the_issuers_is_refused(
    known: oidc_provider.Provider, there: Provider, forged: str
) -> None:
    with pytest.raises(AnswerNotTrusted):
        verdict(known, FORGED[forged](there))


def test_a_way_of_signing_that_the_settings_do_not_list_is_refused(settings: Settings, there: Provider) -> None:
    known = office_sign_in(replace(settings, oidc_algorithms=frozenset({"ES256"})))
    assert known
    with pytest.raises(AnswerNotTrusted, match="RS256"):
        verdict(known, there.signed(there.true_claims(NONCE)))


def test_a_new_key_is_looked_for_once_and_then_known(known: oidc_provider.Provider, there: Provider) -> None:
    verdict(known, there.signed(there.true_claims(NONCE)))
    there.key = 2
    for _ in range(3):
        assert verdict(known, there.signed(there.true_claims(NONCE))).subject == there.subject
    assert there.asked.count("keys") == 2
    there.key = 9
    stranger = there.signed(there.true_claims(NONCE))
    there.key = 2
    before = there.asked.count("keys")
    with pytest.raises(AnswerNotTrusted):
        verdict(known, stranger)
    assert there.asked.count("keys") == before + 1


def test_where_a_strong_sign_in_is_demanded_another_one_is_refused(settings: Settings, there: Provider) -> None:
    known = office_sign_in(replace(settings, oidc_acr=frozenset({"loa3"})))
    assert known
    assert verdict(known, there.signed(there.true_claims(NONCE) | {"acr": "loa3"})).strong
    for acr in ("loa1", None):
        with pytest.raises(AnswerNotTrusted):
            verdict(known, there.signed(there.true_claims(NONCE) | {"acr": acr}))


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=["issuer", "plain", "file", "nothing", "script"],
)
def test_a_provider_that_describes_itself_wrongly_is_not_trusted(
    known: oidc_provider.Provider, there: Provider, described: dict[str, Any]
) -> None:
    there.metadata = described
    with pytest.raises(AnswerNotTrusted):
        known.metadata()


def test_an_internal_address_is_asked_only_where_it_is_allowed(settings: Settings, there: Provider) -> None:
    known = office_sign_in(replace(settings, allowed_targets=frozenset()))
    assert known
    with pytest.raises(ProviderAway):
        known.metadata()
    assert there.asked == []


def test_a_wrong_client_secret_is_the_providers_no(settings: Settings, there: Provider) -> None:
    assert settings.oidc_client_secret_file
    settings.oidc_client_secret_file.write_text("sai rồi", encoding="utf-8")
    known = office_sign_in(settings)
    assert known
    with pytest.raises(ProviderRefused, match="invalid_client"):
        known.tokens("a-code", "a-verifier")


def test_without_the_package_a_sentence_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib.oidc.core", None)
    with pytest.raises(OidcNotInstalled, match='extra "oidc"'):
        office_sign_in(settings)


def test_what_is_missing_is_named_before_anybody_signs_in(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(OidcIncomplete, match="BANGIAO_OIDC_CLIENT_ID"):
        office_sign_in(replace(settings, oidc_client_id=""))
    with pytest.raises(OidcIncomplete, match="BANGIAO_LINK_BASE"):
        office_sign_in(replace(settings, link_base=""))
    for content in (None, ""):
        file = tmp_path / "nothing"
        if content is not None:
            file.write_text(content)
        with pytest.raises(OidcSecretUnreadable):
            office_sign_in(replace(settings, oidc_client_secret_file=file))
    with pytest.raises(NobodyCouldEnter):
        office_sign_in(replace(settings, oidc_issuer="", passwords=False))
