"""Time stamps by an authority of our own (openssl ts behind a server on loopback), asked as a real one would be."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tampering import unguarded

from bangiao.audit_keys import verifier_keys
from bangiao.audit_log import LogKeeper, make_checkpoint
from bangiao.audit_stamps import NoTimeStamp, stamp_newest, time_stamp
from bangiao.audit_verification import verify_log
from bangiao.wiring import Wiring
from checklists.audit.findings import Wrong
from checklists.events import Event
from db.audit_models import CheckpointStampRow
from db.session import begin_read, begin_write
from db.unit_of_work import record_event
from notifiers.errors import InternalAddress

START = datetime(2025, 7, 1, tzinfo=UTC)
CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Time
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa_certificate]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


@dataclass
class Authority:
    """`answer`: what it says instead of a time stamp."""

    folder: Path
    url: str = ""
    status: int = 200
    answer: bytes | None = None
    asked: list[bytes] = field(default_factory=list)

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        words = ["openssl", "ts", "-reply", "-config", self.folder / "tsa.cnf", "-section", "one"]
        words += ["-queryfile", self.folder / "query", "-out", self.folder / "reply"]
        subprocess.run(words, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    (folder / "serial").write_text("01\n", encoding="ascii")
    made = """
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -config tsa.cnf -extensions ca -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -config tsa.cnf -keyout tsa.key -out tsa.csr
    openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 30 -extfile tsa.cnf
      -extensions tsa_certificate -out tsa.pem
    """
    for line in made.replace("\n      ", " ").strip().splitlines():
        subprocess.run(line.split(), check=True, capture_output=True, cwd=folder)
    return folder


@pytest.fixture
def authority(certificates: Path, tmp_path: Path) -> Iterator[Authority]:
    made = Authority(Path(shutil.copytree(certificates, tmp_path / "authority")))
    (made.folder / "tsa.cnf").write_text(CONFIG.format(folder=made.folder), encoding="utf-8")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked.append(query)
            body = made.reply(query) if made.answer is None else made.answer
            self.send_response(made.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/tsr?office=1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def installed(wiring: Wiring, authority: Authority, tmp_path: Path) -> Wiring:
    port = authority.url.split(":")[2].split("/", maxsplit=1)[0]
    settings = replace(
        wiring.settings,
        data_dir=tmp_path / "data",
        tsa_url=authority.url,
        tsa_ca_file=authority.folder / "ca.pem",
        allowed_targets=frozenset({f"127.0.0.1:{port}"}),
    )
    made = Wiring(settings, wiring.engine, wiring.clock)
    record(made, 0)
    return made


def record(wiring: Wiring, number: int) -> None:
    event = Event(f"step.started:{number}", "step.started", START, "lan", "old:00004", {"reason": "x"})
    with begin_write(wiring.engine) as connection:
        record_event(connection, event)


def stamps(wiring: Wiring) -> list[tuple[int, bytes]]:
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(CheckpointStampRow.size, CheckpointStampRow.token))
        return [(size, bytes(token)) for size, token in rows]


def test_the_newest_checkpoint_is_stamped_once_and_openssl_verifies_the_stamp(
    installed: Wiring, authority: Authority, tmp_path: Path
) -> None:
    made = make_checkpoint(installed)

    assert stamp_newest(installed)
    assert not stamp_newest(installed)

    ((size, token),) = stamps(installed)
    assert (size, len(authority.asked)) == (made.size, 1)
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "text").write_text(made.text, encoding="utf-8")
    words = ["openssl", "ts", "-verify", "-data", tmp_path / "text", "-in", tmp_path / "token"]
    verified = subprocess.run([*words, "-CAfile", authority.folder / "ca.pem"], check=False, capture_output=True)
    assert verified.returncode == 0, verified.stderr
    assert verify_log(installed.engine, verifier_keys(installed.settings), installed.now()).findings == []


def test_a_stamp_of_something_else_is_found(installed: Wiring) -> None:
    make_checkpoint(installed)
    other = time_stamp(installed.settings, b"something else")
    stamp_newest(installed)
    with begin_write(installed.engine) as connection, unguarded(connection):
        connection.execute(update(CheckpointStampRow).values(token=other))

    findings = verify_log(installed.engine, verifier_keys(installed.settings), installed.now()).findings
    assert [one.wrong for one in findings] == [Wrong.BAD_STAMP]


@pytest.mark.parametrize(
    ("status", "answer"), [(503, b""), (200, b"no time stamp"), (200, b""), (302, b""), (200, b"\x30\x03\x02\x01\x02")]
)
def test_an_authority_that_gives_none_is_said_and_asked_again(
    installed: Wiring, authority: Authority, status: int, answer: bytes
) -> None:
    made = make_checkpoint(installed)
    authority.status, authority.answer = status, answer
    with pytest.raises(NoTimeStamp, match=r"127\.0\.0\.1"):
        stamp_newest(installed)
    LogKeeper(installed).stamp()
    assert stamps(installed) == []

    authority.status, authority.answer = 200, None
    LogKeeper(installed).stamp()
    assert [size for size, _ in stamps(installed)] == [made.size]


def test_an_answer_to_another_question_is_no_time_stamp(installed: Wiring, authority: Authority) -> None:
    make_checkpoint(installed)
    time_stamp(installed.settings, b"something else")
    authority.answer = authority.reply(authority.asked[0])  # replayed

    with pytest.raises(NoTimeStamp, match="another question"):
        stamp_newest(installed)


def test_an_authority_that_is_not_ours_is_not_believed(installed: Wiring, tmp_path: Path) -> None:
    make_checkpoint(installed)
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=Other -keyout o.key -out o.pem"
    subprocess.run(words.split(), check=True, capture_output=True, cwd=tmp_path)
    other = replace(installed.settings, tsa_ca_file=tmp_path / "o.pem")

    with pytest.raises(NoTimeStamp):
        stamp_newest(Wiring(other, installed.engine, installed.clock))


def test_an_internal_address_is_asked_only_if_it_is_allowed(installed: Wiring, authority: Authority) -> None:
    make_checkpoint(installed)
    closed = Wiring(replace(installed.settings, allowed_targets=frozenset()), installed.engine, installed.clock)

    with pytest.raises(InternalAddress):
        stamp_newest(closed)
    assert authority.asked == []
    assert not stamp_newest(Wiring(replace(installed.settings, tsa_url=""), installed.engine, installed.clock))
