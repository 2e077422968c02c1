"""Settings: the only reader of the environment.

Every setting is `BANGIAO_` + its name in capitals, or a line of `bangiao.toml` in the working directory (or the file
named by BANGIAO_CONFIG); the environment wins. Standard library only: `--help` must answer at once.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checklists.errors import BadInput
from db.faults import parse_fault
from evidence.kinds import EVERY_TYPE, file_types
from notifiers.egress import Allowed


class BadSetting(BadInput):
    """Setting {name}: {value!r} cannot be used ({why}). Correct it in the environment or in bangiao.toml."""


_LONGEST_SPAN = 10_000_000.0
SIGNATURES = frozenset({"EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"})
"""Made with a key that only the signer has. `none` and those with a shared secret are no proof of who signed."""
ROLES = frozenset({"administrator", "auditor", "committee", "unit_lead", "verifier"})
_LAST_PORT = 65535


def _directory(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _switch(text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0", "yes", "no"}:
        raise ValueError("true or false")
    return text.lower() in {"true", "1", "yes"}


def _language(text: str) -> str:
    if text not in {"vi", "en"}:
        raise ValueError("vi or en")
    return text


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant with its zone, e.g. 2025-06-17T08:00:00+07:00")
    return instant


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _targets(text: str) -> frozenset[str]:
    """Internal networks and hosts with their port."""
    try:
        Allowed.parse(_names(text))
    except BadInput as error:
        raise ValueError(str(error)) from error
    return _names(text)


def _web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("an address that begins with https:// or http://")
    return text.rstrip("/")


def _exact_address(text: str) -> str:
    _web_address(text)
    return text


def _issuer(text: str) -> str:
    """TLS, or this very machine for trying out."""
    parts = urlsplit(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}):
        raise ValueError("an address that begins with https://")
    return text


def _signatures(text: str) -> frozenset[str]:
    if not _names(text) or not _names(text) <= SIGNATURES:
        raise ValueError(f"a comma list of some of {', '.join(sorted(SIGNATURES))}")
    return _names(text)


def _scopes(text: str) -> frozenset[str]:
    if "openid" not in _names(text):
        raise ValueError("a comma list with openid in it")
    return _names(text)


def _roles(text: str) -> frozenset[str]:
    if not _names(text) <= ROLES:
        raise ValueError(f"a comma list of some of {', '.join(sorted(ROLES))}")
    return _names(text)


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError("a whole number from 1")
    return int(text)


def _port(text: str) -> int:
    if not 0 <= int(text) <= _LAST_PORT:
        raise ValueError("a port from 1 to 65535, or 0 for any that is free")
    return int(text)


def _seconds(text: str) -> timedelta:
    if not 0 < float(text) < _LONGEST_SPAN:
        raise ValueError("a number of seconds above 0")
    return timedelta(seconds=float(text))


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "bangiao"


def _actor() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "unknown"


def _setting(parse: Callable[[str], Any], default: Any = None, factory: Callable[[], Any] | None = None) -> Any:
    return field(default_factory=factory or (lambda: default), metadata={"parse": parse})


@dataclass(frozen=True)
class Settings:
    """Everything an installation may choose; see the configuration table in README.md."""

    data_dir: Path = _setting(_directory, factory=_data_home)
    database_url: str = _setting(str, "")
    language: str = _setting(_language, "vi")
    actor: str = _setting(str, factory=_actor)
    four_eyes: bool = _setting(_switch, True)
    blocked_clock_runs: bool = _setting(_switch, True)
    silent_days: int = _setting(_positive, 3)
    ladders: Path | None = _setting(_directory)
    clock: datetime | None = _setting(_instant)
    chunk_units: int = _setting(_positive, 200)
    max_file_mb: int = _setting(_positive, 10)
    evidence_dir: Path | None = _setting(_directory)
    evidence_types: frozenset[str] = _setting(file_types, EVERY_TYPE)
    evidence_max_mb: int = _setting(_positive, 100)
    key_file: Path | None = _setting(_directory)
    package_key_file: Path | None = _setting(_directory)
    package_certificate_file: Path | None = _setting(_directory)
    signing_key_file: Path | None = _setting(_directory)
    pkcs11_module: Path | None = _setting(_directory)
    pkcs11_token: str = _setting(str, "")
    pkcs11_key: str = _setting(str, "")
    pkcs11_pin_file: Path | None = _setting(_directory)
    tsa_url: str = _setting(_web_address, "")
    tsa_ca_file: Path | None = _setting(_directory)
    checkpoint_entries: int = _setting(_positive, 1000)
    checkpoint_period: timedelta = _setting(_seconds, timedelta(hours=1))
    allowed_targets: frozenset[str] = _setting(_targets, frozenset())
    allowed_services: frozenset[str] = _setting(_names, frozenset())
    sender_threads: int = _setting(_positive, 16)
    link_base: str = _setting(_web_address, "")
    web_host: str = _setting(str, "127.0.0.1")
    web_port: int | None = _setting(_port)
    public_page: bool = _setting(_switch, False)
    passwords: bool = _setting(_switch, True)
    second_factor_for: frozenset[str] = _setting(_roles, frozenset())
    oidc_issuer: str = _setting(_issuer, "")
    oidc_client_id: str = _setting(str, "")
    oidc_client_secret_file: Path | None = _setting(_directory)
    oidc_scopes: frozenset[str] = _setting(_scopes, frozenset({"openid", "profile"}))
    oidc_label: str = _setting(str, "")
    oidc_algorithms: frozenset[str] = _setting(_signatures, frozenset({"ES256", "PS256", "RS256"}))
    oidc_acr: frozenset[str] = _setting(_names, frozenset())
    oidc_ca_file: Path | None = _setting(_directory)
    messages_dir: Path | None = _setting(_directory)
    alarm_channels: frozenset[str] = _setting(_names, frozenset())
    dead_man_url: str = _setting(_exact_address, "")
    watch_every: timedelta = _setting(_seconds, timedelta(minutes=1))
    prefect_port: int | None = _setting(_positive)
    prefect_api_url: str | None = _setting(str)
    work_pool: str = _setting(str, "bangiao")
    worker_runs: int = _setting(_positive, 2)
    relay_poll: timedelta = _setting(_seconds, timedelta(seconds=0.2))
    stale_after: timedelta = _setting(_seconds, timedelta(minutes=2))
    fault: tuple[str, int] | None = _setting(parse_fault)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: PostgreSQL if set, else one SQLite file in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir / 'bangiao.db'}"

    @property
    def sealing_key_file(self) -> Path:
        """The file with the keys that seal the channels' secrets: the one set, else one in the data directory."""
        return self.key_file or self.data_dir / "channels.key"

    @property
    def sealing_package_key(self) -> Path:
        """The file with the key that evidence packages are signed with: the one set, else one in the data directory."""
        return self.package_key_file or self.data_dir / "package.key"

    @property
    def sealing_package_certificate(self) -> Path:
        """The certificate that belongs to it, with those between it and the authority."""
        return self.package_certificate_file or self.data_dir / "package.pem"

    @property
    def checkpoint_key_file(self) -> Path:
        """The file with the key that signs checkpoints: the one set, else one in the data directory. Public keys lie
        beside it, also where the key itself is in a device."""
        return self.signing_key_file or self.data_dir / "audit.key"

    @property
    def evidence_folder(self) -> Path:
        """Where evidence files are kept: the folder set, else one in the data directory."""
        return self.evidence_dir or self.data_dir / "evidence"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in force. Raises BadSetting with the name and the reason."""
    environment = os.environ if environment is None else environment
    written = _from_file(Path(environment.get("BANGIAO_CONFIG", "bangiao.toml")), "BANGIAO_CONFIG" in environment)
    chosen: dict[str, Any] = {}
    for setting in fields(Settings):
        text = environment.get(f"BANGIAO_{setting.name.upper()}", written.get(setting.name, ""))
        if text != "":
            chosen[setting.name] = _parsed(setting.name, str(text), setting.metadata["parse"])
    return Settings(**chosen)


def _parsed(name: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise BadSetting(name=f"BANGIAO_{name.upper()}", value=text, why=str(error)) from error


def _from_file(path: Path, named: bool) -> dict[str, Any]:
    if not path.exists():
        if named:
            raise BadSetting(name="BANGIAO_CONFIG", value=str(path), why="there is no such file")
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(name="BANGIAO_CONFIG", value=str(path), why=str(error)) from error
    unknown = set(written) - {setting.name for setting in fields(Settings)}
    if unknown:
        raise BadSetting(name=str(path), value=sorted(unknown)[0], why="there is no setting of this name")
    return written


def child_environment(settings: Settings, **extra: str) -> dict[str, str]:
    """The environment for a process of ours: what this one has, the settings in force, and `extra`.

    A setting that is not set is written as empty, which means its default: neither the environment this process was
    started with nor a bangiao.toml may come back in through the child.
    """
    chosen = {f"BANGIAO_{one.name.upper()}": _written(getattr(settings, one.name)) for one in fields(Settings)}
    return {**os.environ, **chosen, **extra}


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, tuple):
        return ":".join(map(str, value))
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return value.isoformat() if isinstance(value, datetime) else str(value)
