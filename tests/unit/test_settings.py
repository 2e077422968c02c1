"""Settings come from the environment or from bangiao.toml; a bad one is refused with its name and the reason."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bangiao.clock import clock_of
from bangiao.settings import ROLES, BadSetting, Settings, child_environment, load_settings
from checklists.people import PersonRole
from db.faults import POINTS


def written(tmp_path: Path, text: str, **environment: str) -> dict[str, str]:
    file = tmp_path / "bangiao.toml"
    file.write_text(text, encoding="utf-8")
    return {"BANGIAO_CONFIG": str(file), **environment}


def test_without_anything_said_a_vietnamese_installation_on_sqlite_with_four_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = load_settings({})
    assert settings.data_dir == tmp_path / "bangiao"
    assert settings.database == f"sqlite:///{tmp_path / 'bangiao' / 'bangiao.db'}"
    assert (settings.language, settings.four_eyes, settings.chunk_units) == ("vi", True, 200)
    assert (settings.clock, settings.fault) == (None, None)


def test_every_setting_can_be_given_in_the_environment() -> None:
    given = {
        "BANGIAO_DATA_DIR": "/dữ-liệu",
        "BANGIAO_DATABASE_URL": "postgresql://u@/x",
        "BANGIAO_LANGUAGE": "en",
        "BANGIAO_ACTOR": "thư ký",
        "BANGIAO_FOUR_EYES": "no",
        "BANGIAO_BLOCKED_CLOCK_RUNS": "no",
        "BANGIAO_LADDERS": "/bậc-thang.yaml",
        "BANGIAO_SILENT_DAYS": "5",
        "BANGIAO_CLOCK": "2025-06-17T08:00:00+07:00",
        "BANGIAO_CHUNK_UNITS": "25",
        "BANGIAO_MAX_FILE_MB": "1",
        "BANGIAO_EVIDENCE_DIR": "/minh-chứng",
        "BANGIAO_EVIDENCE_TYPES": "pdf, .JPG",
        "BANGIAO_EVIDENCE_MAX_MB": "3",
        "BANGIAO_KEY_FILE": "/khóa/kênh.key",
        "BANGIAO_PACKAGE_KEY_FILE": "/khóa/gói.key",
        "BANGIAO_PACKAGE_CERTIFICATE_FILE": "/khóa/gói.pem",
        "BANGIAO_SIGNING_KEY_FILE": "/khóa/nhật-ký.key",
        "BANGIAO_PKCS11_MODULE": "/usr/lib/thiết-bị.so",
        "BANGIAO_PKCS11_TOKEN": "sở nội vụ",
        "BANGIAO_PKCS11_KEY": "nhật ký",
        "BANGIAO_PKCS11_PIN_FILE": "/khóa/pin",
        "BANGIAO_TSA_URL": "https://tsa.example/tsr",
        "BANGIAO_TSA_CA_FILE": "/khóa/tsa.pem",
        "BANGIAO_CHECKPOINT_ENTRIES": "500",
        "BANGIAO_CHECKPOINT_PERIOD": "600",
        "BANGIAO_ALLOWED_TARGETS": "10.1.0.0/16, thu.noibo.vn:25",
        "BANGIAO_ALLOWED_SERVICES": "tgram,bgzalo",
        "BANGIAO_SENDER_THREADS": "8",
        "BANGIAO_LINK_BASE": "https://bangiao.hanoi.gov.vn/",
        "BANGIAO_WEB_HOST": "10.0.0.5",
        "BANGIAO_WEB_PORT": "8443",
        "BANGIAO_PUBLIC_PAGE": "yes",
        "BANGIAO_PASSWORDS": "no",
        "BANGIAO_SECOND_FACTOR_FOR": "committee, administrator",
        "BANGIAO_OIDC_ISSUER": "https://dang-nhap.hanoi.gov.vn/realms/can-bo",
        "BANGIAO_OIDC_CLIENT_ID": "bangiao",
        "BANGIAO_OIDC_CLIENT_SECRET_FILE": "/khóa/oidc",
        "BANGIAO_OIDC_SCOPES": "openid",
        "BANGIAO_OIDC_LABEL": "Tài khoản công vụ",
        "BANGIAO_OIDC_ALGORITHMS": "ES256",
        "BANGIAO_OIDC_ACR": "loa2, loa3",
        "BANGIAO_OIDC_CA_FILE": "/khóa/ca.pem",
        "BANGIAO_MESSAGES_DIR": "/mẫu-thư",
        "BANGIAO_ALARM_CHANNELS": "truc, sms=0912345678",
        "BANGIAO_DEAD_MAN_URL": "https://hc.example/ping/1f3c/",
        "BANGIAO_WATCH_EVERY": "30",
        "BANGIAO_PREFECT_PORT": "4321",
        "BANGIAO_PREFECT_API_URL": "http://127.0.0.1:1/api",
        "BANGIAO_WORK_POOL": "p",
        "BANGIAO_WORKER_RUNS": "7",
        "BANGIAO_RELAY_POLL": "0.5",
        "BANGIAO_STALE_AFTER": "30",
        "BANGIAO_FAULT": "commit.after:3",
    }
    assert set(given) == {f"BANGIAO_{one.name.upper()}" for one in fields(Settings)}
    settings = load_settings(given)
    plain = Settings()
    assert [one.name for one in fields(Settings) if getattr(settings, one.name) == getattr(plain, one.name)] == []
    assert settings.database == "postgresql://u@/x"
    assert settings.clock == datetime.fromisoformat("2025-06-17T08:00:00+07:00")
    assert settings.stale_after == timedelta(seconds=30)
    assert settings.fault == ("commit.after", 3)
    assert settings.evidence_folder == Path("/minh-chứng")
    assert plain.evidence_folder == plain.data_dir / "evidence"
    assert settings.evidence_types == {"pdf", "jpg"}
    assert settings.checkpoint_key_file == Path("/khóa/nhật-ký.key")
    assert plain.checkpoint_key_file == plain.data_dir / "audit.key"
    assert settings.allowed_targets == {"10.1.0.0/16", "thu.noibo.vn:25"}
    assert settings.link_base == "https://bangiao.hanoi.gov.vn"
    assert settings.alarm_channels == {"truc", "sms=0912345678"}
    assert settings.dead_man_url == "https://hc.example/ping/1f3c/"
    assert settings.watch_every == timedelta(seconds=30)
    assert settings.sealing_key_file == Path("/khóa/kênh.key")
    assert plain.sealing_key_file == plain.data_dir / "channels.key"


def test_the_environment_wins_over_the_file_and_an_empty_value_gives_the_default(tmp_path: Path) -> None:
    text = 'language = "en"\nchunk_units = 10\nfour_eyes = false\nactor = "tệp"\n'
    settings = load_settings(written(tmp_path, text, BANGIAO_CHUNK_UNITS="20", BANGIAO_LANGUAGE=""))
    assert (settings.language, settings.chunk_units, settings.four_eyes, settings.actor) == ("vi", 20, False, "tệp")


def test_a_child_process_gets_the_settings_in_force() -> None:
    settings = Settings(
        language="en",
        clock=datetime.fromisoformat("2025-06-17T08:00:00+07:00"),
        fault=("commit.after", 3),
        stale_after=timedelta(seconds=30),
        four_eyes=False,
        evidence_types=frozenset({"pdf", "docx"}),
        database_url="postgresql://u@/x",
    )
    environment = child_environment(settings, PREFECT_HOME="/x")
    assert load_settings(environment) == settings
    assert environment["PREFECT_HOME"] == "/x"
    assert load_settings(child_environment(replace(settings, fault=None))).fault is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("LANGUAGE", "fr", "vi or en"),
        ("FOUR_EYES", "maybe", "true or false"),
        ("CLOCK", "yesterday", "yesterday"),
        ("CLOCK", "2025-06-17T08:00:00", "with its zone"),
        ("CHUNK_UNITS", "0", "a whole number from 1"),
        ("CHUNK_UNITS", "many", "many"),
        ("MAX_FILE_MB", "-1", "a whole number from 1"),
        ("EVIDENCE_TYPES", "pdf,exe", "a comma list of some of pdf"),
        ("RELAY_POLL", "0", "above 0"),
        ("ALLOWED_TARGETS", "mọi nơi", "neither a network"),
        ("WEB_PORT", "65536", "from 1 to 65535"),
        ("LINK_BASE", "bangiao.hanoi.gov.vn", "begins with https://"),
        ("DEAD_MAN_URL", "hc.example/ping", "begins with https://"),
        ("OIDC_ISSUER", "http://dang-nhap.hanoi.gov.vn", "begins with https://"),
        ("OIDC_ALGORITHMS", "RS256,none", "a comma list of some of"),
        ("OIDC_ALGORITHMS", "HS256", "a comma list of some of"),
        ("OIDC_SCOPES", "profile", "with openid in it"),
        ("SECOND_FACTOR_FOR", "committee,boss", "a comma list of some of"),
        ("FAULT", "nowhere", "opening.steps"),
        ("FAULT", "commit.after:0", "from 1"),
        ("FAULT", "commit.after:x", "from 1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_the_reason(name: str, value: str, why: str) -> None:
    with pytest.raises(BadSetting) as bad:
        load_settings({f"BANGIAO_{name}": value})
    said = str(bad.value)
    assert said.startswith(f"Setting BANGIAO_{name}: {value!r} cannot be used (")
    assert why in said


@pytest.mark.parametrize(
    ("text", "named", "why"),
    [
        ("colour = 1\n", "colour", "there is no setting of this name"),
        ("language = \n", "bangiao.toml", "Invalid value"),
        ("language = 'fr'\n", "fr", "vi or en"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, text: str, named: str, why: str) -> None:
    with pytest.raises(BadSetting) as bad:
        load_settings(written(tmp_path, text))
    assert named in str(bad.value)
    assert why in str(bad.value)


def test_a_second_factor_may_be_demanded_of_every_role_there_is() -> None:
    assert {role.value for role in PersonRole} == ROLES


def test_a_file_that_is_named_and_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="there is no such file"):
        load_settings({"BANGIAO_CONFIG": str(tmp_path / "none.toml")})


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bangiao.toml"
    file.write_bytes(b"\xff\xfe\x00l")
    with pytest.raises(BadSetting, match=r"bangiao\.toml"):
        load_settings({"BANGIAO_CONFIG": str(file)})


def test_a_rehearsal_can_be_set_to_every_point() -> None:
    assert [load_settings({"BANGIAO_FAULT": point}).fault for point in POINTS] == [(point, 1) for point in POINTS]


def test_a_clock_that_was_set_starts_there_and_runs_on() -> None:
    start = datetime.fromisoformat("2025-06-17T08:00:00+07:00")
    clock = clock_of(start)
    one, other = clock(), clock()
    assert start <= one <= other < start + timedelta(seconds=5)
    assert one.utcoffset() == timedelta(0)
    assert clock_of(None)().utcoffset() == timedelta(0)
