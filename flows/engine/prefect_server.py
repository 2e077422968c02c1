"""Where our Prefect server is and how it is set: its home in our data directory, loopback, a password, no telemetry.

No Prefect is imported here; the settings go to its processes through their environment.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from bangiao.settings import Settings

HOST = "127.0.0.1"

TELEMETRY_OFF = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}

CLIENT = {
    **TELEMETRY_OFF,
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",  # asked at start, when the server may be away
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # never a server of its own behind our back
    "PREFECT_LOGGING_LEVEL": "WARNING",
}

SERVER = {
    **TELEMETRY_OFF,
    "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
    "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{HOST}",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    # fewer, larger writes beside ours: SQLite has one writer at a time
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server of ours listens; written down so that other commands and the next start find it."""

    port: int
    pid: int = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api"


def home(settings: Settings) -> Path:
    """Prefect's own folder: its database, its password, its address. Readable by us alone."""
    folder = settings.data_dir / "prefect"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def password(settings: Settings) -> str:
    """`user:password` for Prefect's API, made once per data directory."""
    file = home(settings) / "auth"
    return _written(file) or _make_password(file)


def _make_password(file: Path) -> str:
    """Whole or not there at all, whoever reads meanwhile and whenever we die; an empty one from before is replaced."""
    with file.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made := _written(file):
            return made  # another process was first
        made = f"bangiao:{secrets.token_urlsafe(32)}"
        new = file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as opened:
            opened.write(made)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    return made


def _written(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def client_environment(settings: Settings) -> dict[str, str]:
    """For a process that talks to the server: an existing one as its operators configured it, or ours."""
    if settings.prefect_api_url:
        return {**CLIENT, "PREFECT_API_URL": settings.prefect_api_url}
    address = known_address(settings)
    api = {"PREFECT_API_URL": address.api} if address else {}
    return {**CLIENT, **api, "PREFECT_HOME": str(home(settings)), "PREFECT_API_AUTH_STRING": password(settings)}


def server_environment(settings: Settings) -> dict[str, str]:
    folder = home(settings)
    return {
        **SERVER,
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_API_AUTH_STRING": password(settings),
        "PREFECT_API_AUTH_STRING": password(settings),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
    }


def choose_address(settings: Settings) -> Address:
    """The port that is set, else the one used last if it is free, else any free one."""
    if settings.prefect_port:
        return Address(settings.prefect_port)
    last = known_address(settings)
    return last if last and _is_free(last.port) else Address(_free_port())


def write_address(settings: Settings, address: Address) -> None:
    file = home(settings) / "server.json"
    file.write_text(json.dumps(asdict(address)), encoding="utf-8")
    file.chmod(0o600)


def known_address(settings: Settings) -> Address | None:
    """Where our server was started last, whether or not it answers."""
    try:
        return Address(**json.loads((home(settings) / "server.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_healthy(address: Address) -> bool:
    try:
        with urlopen(f"{address.api}/health", timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
