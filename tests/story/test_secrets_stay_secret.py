"""Passwords, keys and tokens of channels: nowhere in the database, in what commands print, in logs or in tracebacks,
though the other side repeats them in its answers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Office
from receivers import Mailbox, Receiver, answering, http_receiver, smtp_server
from sqlalchemy import select
from test_notices_arrive import CHAIR, LEAD, OPERATOR, at, sender_comes
from test_notices_arrive import office as office

from db.models import Row
from db.session import begin_read
from notifiers.masking import MASK

PASSWORD, SIGNING, TOKEN, KEY = (
    "Mật-khẩu+thư/2025",
    "khoa-ky-bi-mat-webhook",
    "tk_bimatcuakenhchat0123456",
    "khoa-cua-cong-Zalo",
)
SECRETS = (PASSWORD, SIGNING, TOKEN, KEY)
SERVICES = {"ALLOWED_TARGETS": "127.0.0.0/8", "ALLOWED_SERVICES": "bgzalo,ntfy"}


def spellings(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    yield secret.encode("unicode_escape").decode()


def nowhere_in(text: str) -> None:
    assert [secret for secret in SECRETS for one in spellings(secret) if one in text] == []


@pytest.fixture
def channels(office: Office, tmp_path: Path) -> Iterator[Office]:
    """One channel of each kind, whose servers refuse and repeat what they were given."""

    def kept(text: str) -> Path:
        file = tmp_path / f"tệp-{len(list(tmp_path.iterdir()))}"
        file.write_text(text, encoding="utf-8")
        return file

    def repeating(*secrets: str) -> str:
        receiver = Receiver(answering(400, " ".join(("bad credentials", *secrets)).encode()))
        return servers.enter_context(http_receiver(receiver)).url

    with ExitStack() as servers:
        box = Mailbox(password="another", data_answer="554 no")
        mail = servers.enter_context(smtp_server(box))
        hook, chat, zalo = repeating(SIGNING, TOKEN), repeating(TOKEN).partition("//")[2], repeating(KEY)
        post = ("--host", "127.0.0.1", "--port", mail.port, "--tls", "none", "--sender", "b@h.vn", "--user", "bg")
        form = ("--schema", "bgzalo", "--option", "values.template_id=789", "--option", "accepted=0,1")
        told = (
            ("thu", "--kind", "email", *post, "--secret-file", kept(PASSWORD)),
            ("truc", "--kind", "webhook", "--secret-file", kept(SIGNING), "--url-file", kept(f"{hook}/{TOKEN}")),
            ("chat", "--kind", "chat", "--url-file", kept(f"ntfy://{TOKEN}@{chat}/{{address}}?auth=token")),
            ("cong", "--kind", "custom", *form, "--secret-file", kept(KEY), "--url-file", kept(zalo)),
        )
        for one in told:
            answer = office(OPERATOR, "channel", "add", *one)
            assert answer.code == 0, answer.complaint
        yield office


def test_a_secret_is_nowhere_to_be_read(channels: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    office, printed = channels, []
    for who, kind in ((LEAD, "webhook"), (CHAIR, "email")):
        office(OPERATOR, "notify", "prefer", who, "--channel", kind)
    at(office, "2025-07-03T09:00:00+07:00")
    office(OPERATOR, "review-deadlines")
    sender_comes(office)
    for name, address in (("thu", "a@b.vn"), ("truc", "lan"), ("chat", "lan"), ("cong", "0912345678")):
        tried = office(OPERATOR, "channel", "test", name, "--to", address, **SERVICES)
        assert tried.code == 1, name
        assert MASK in tried.out or name in {"thu", "chat"}, "what is repeated is masked"
        printed.append(tried)
    listed = office(OPERATOR, "notify", "list", "--json").document["messages"]
    assert {one["state"] for one in listed} >= {"dead"}
    shown = [("notify", "show", one["id"]) for one in listed]
    for words in (*shown, ("channel", "list"), ("notify", "list"), ("audit", "show"), ("doctor",)):
        printed += [office(OPERATOR, *words), office(OPERATOR, *words, "--json")]
    nowhere_in("".join(one.out + one.err for one in printed))
    nowhere_in(caplog.text)
    with office.wiring() as wiring, begin_read(wiring.engine) as connection:
        rows = [tuple(row) for table in Row.metadata.sorted_tables for row in connection.execute(select(table))]
    nowhere_in("\n".join(map(repr, rows)))
    for file in (one for one in tmp_path.iterdir() if one.suffix in {".db", ".db-wal", ".db-journal", ".log"}):
        for secret in SECRETS:
            assert secret.encode() not in file.read_bytes()
