"""A provider of the office's own accounts (OpenID Connect), on loopback, with keys of its own and as strict as one in
earnest: registered addresses only, PKCE, codes that are good once and bound to who asked.

Whoever is signed in there is `subject`; what it says wrongly is chosen by the test.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "bangiao", "bí mật của bangiao: đừng cho ai"
Forger = Callable[["Provider", dict[str, Any]], str]


@cache
def signing_key(number: int) -> RSAKey:
    """Made once for all tests of a process."""
    return RSAKey.generate_key(2048, {"kid": f"khoa-{number}", "use": "sig", "alg": "RS256"})


@dataclass
class Provider:
    """`forge` makes the ID token of the claims in another way; `metadata` and `claims` are laid over the true ones."""

    clock: Callable[[], datetime]
    callback: str
    subject: str = "0b5c1a52-cán-bộ-17"
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    forge: Forger | None = None
    key: int = 1
    pause: float = 0.0
    broken: bool = False
    refuses: str = ""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    port: int = 0

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/can-bo"

    def described(self) -> dict[str, Any]:
        own = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return own | self.metadata

    def authorize(self, asked: dict[str, str]) -> tuple[int, str]:
        """Where the browser goes; only ever to the registered address."""
        if (asked.get("client_id"), asked.get("redirect_uri")) != (CLIENT, self.callback):
            return 400, ""
        back = {"state": asked.get("state", ""), "iss": self.issuer}
        pkce = asked.get("code_challenge_method") == "S256" and len(asked.get("code_challenge", "")) == 43
        if not pkce or asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            return 302, f"{self.callback}?{urlencode(back | {'error': 'invalid_request'})}"
        if self.refuses:
            return 302, f"{self.callback}?{urlencode(back | {'error': self.refuses})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return 302, f"{self.callback}?{urlencode(back | {'code': code})}"

    def exchange(self, given: dict[str, str], credentials: str) -> tuple[int, dict[str, Any]]:
        """Tokens for a code: once, to who asked for it, with the verifier that only they have."""
        name, _, secret = base64.b64decode(credentials.removeprefix("Basic ")).decode().partition(":")
        if (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(given.get("code", ""), None)
        proof = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if not asked or given.get("redirect_uri") != self.callback or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        claims = self.true_claims(asked["nonce"]) | self.claims
        token = self.forge(self, claims) if self.forge else self.signed(claims)
        return 200, {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": token}

    def true_claims(self, nonce: str) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        own = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        return own | {"preferred_username": "lan.nt"}

    def signed(self, claims: dict[str, Any]) -> str:
        key, said = signing_key(self.key), {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": key.kid}, said, key)

    def keys(self) -> dict[str, Any]:
        return {"keys": [signing_key(self.key).as_dict(private=False)]}


class Handler(BaseHTTPRequestHandler):
    """What of it is heard on the wire."""

    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        place = self._heard(parts.path)
        if place == "authorize":
            status, to = self.provider.authorize({name: one[0] for name, one in parse_qs(parts.query).items()})
            self._say(status, b"", Location=to)
            return
        known = {".well-known/openid-configuration": self.provider.described, "keys": self.provider.keys}
        self._document(*((200, known[place]()) if place in known else (404, {})))

    def do_POST(self) -> None:
        self._heard(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = {name: one[0] for name, one in parse_qs(body).items()}
        self._document(*self.provider.exchange(given, self.headers.get("Authorization", "")))

    def _heard(self, path: str) -> str:
        place = path.removeprefix("/can-bo/")
        self.provider.asked.append(place)
        time.sleep(self.provider.pause)
        return place

    def _document(self, status: int, content: dict[str, Any]) -> None:
        if self.provider.broken:
            status, content = 503, {}
        self._say(status, json.dumps(content).encode(), **{"Content-Type": "application/json"})

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Whoever asked did not wait."""


@contextmanager
def provider_on_loopback(clock: Callable[[], datetime], callback: str) -> Iterator[Provider]:
    """It listens on a port of its own; each of its threads waits `pause` seconds before it answers."""
    provider = Provider(clock, callback)
    server = Server(("127.0.0.1", 0), type("Its", (Handler,), {"provider": provider}))
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
