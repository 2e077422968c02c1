"""Keys that sign checkpoints: in a file, in a device; what they sign is checked with public keys alone."""

from __future__ import annotations

import importlib.util
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from checklists.audit.checkpoint import Checkpoint, NotAVerifierKey, VerifierKey, parse_checkpoint
from evidence.signing.device_key import Device, device_signer
from evidence.signing.errors import (
    BadKeyName,
    BadSigningKey,
    DeviceFailed,
    DeviceSupportMissing,
    PublicKeysMissing,
    SigningKeyMissing,
    SigningKeyOpen,
    SigningKeyThere,
)
from evidence.signing.file_key import add_public_key, make_key_file, public_file, read_key_file, read_public_keys
from evidence.signing.notes import sign, signed_by

HEAD = Checkpoint("bangiao/ha-noi", 7, bytes(range(32)))
SOFTHSM = next((path for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so",)) if path.exists()), None)


def test_what_a_key_signed_is_known_by_its_public_half_also_after_it_was_written_down(tmp_path: Path) -> None:
    signer = make_key_file(tmp_path / "audit.key", "bangiao/ha-noi")
    again = read_key_file(tmp_path / "audit.key", "bangiao/ha-noi")
    (public,) = read_public_keys(public_file(tmp_path / "audit.key"))

    signed = sign(HEAD, again)

    assert public == signer.verifier_key == again.verifier_key
    assert signed_by(parse_checkpoint(signed.text()), [public]) == public
    assert "PRIVATE" not in repr(signer)


def test_openssl_alone_checks_a_signature(tmp_path: Path) -> None:
    signer = make_key_file(tmp_path / "audit.key", "bangiao/ha-noi")
    signed = sign(HEAD, signer)
    (tmp_path / "text").write_text(signed.signed, encoding="utf-8")
    (tmp_path / "signature").write_bytes(signed.signatures[0].signature)
    public = ["openssl", "pkey", "-in", tmp_path / "audit.key", "-pubout", "-out", tmp_path / "public.pem"]
    subprocess.run(public, check=True, capture_output=True)
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "public.pem", "-rawin"]
    words += ["-in", tmp_path / "text", "-sigfile", tmp_path / "signature"]

    assert subprocess.run(words, check=False, capture_output=True).returncode == 0
    (tmp_path / "text").write_text(signed.signed.replace("7", "8"), encoding="utf-8")
    assert subprocess.run(words, check=False, capture_output=True).returncode != 0


def test_nothing_else_is_taken_for_signed(tmp_path: Path) -> None:
    signer = make_key_file(tmp_path / "audit.key", "bangiao/ha-noi")
    other = make_key_file(tmp_path / "other.key", "bangiao/ha-noi")
    signed, key = sign(HEAD, signer), signer.verifier_key
    forged = replace(signed, signatures=sign(replace(HEAD, size=8), signer).signatures)
    claimed = replace(sign(HEAD, other).signatures[0], key_id=key.key_id)

    assert signed_by(signed, []) is None
    assert signed_by(signed, [other.verifier_key]) is None
    assert signed_by(signed, [VerifierKey("another", key.public_key)]) is None
    assert signed_by(forged, [key]) is None
    assert signed_by(replace(signed, signatures=(claimed,)), [key]) is None
    assert signed_by(replace(signed, signatures=(*signed.signatures, claimed)), [key]) is None
    assert signed_by(replace(signed, signatures=(*sign(HEAD, other).signatures, *signed.signatures)), [key]) == key


def test_a_key_file_is_for_its_owner_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.key"
    make_key_file(path, "bangiao/ha-noi")
    before = path.read_bytes()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(SigningKeyThere):
        make_key_file(path, "bangiao/ha-noi")
    assert path.read_bytes() == before
    path.chmod(0o640)
    with pytest.raises(SigningKeyOpen):
        read_key_file(path, "x")


def test_a_new_key_leaves_the_old_public_one_so_that_old_checkpoints_can_be_checked(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    old = make_key_file(path, "bangiao/ha-noi")
    path.rename(tmp_path / "old.key")
    new = make_key_file(path, "bangiao/ha-noi")
    add_public_key(public_file(path), old.verifier_key)

    keys = read_public_keys(public_file(path))
    assert keys == [old.verifier_key, new.verifier_key]
    assert signed_by(sign(HEAD, old), keys) == old.verifier_key


def test_what_is_no_key_is_said_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    with pytest.raises(SigningKeyMissing, match="bangiao audit keys"):
        read_key_file(path, "x")
    with pytest.raises(BadKeyName, match="Phường Trúc Bạch"):
        make_key_file(path, "Phường Trúc Bạch")
    rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"no key", rsa):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(BadSigningKey):
            read_key_file(path, "x")
    with pytest.raises(PublicKeysMissing):
        read_public_keys(public_file(path))
    public_file(path).write_text("x+y+z\n", encoding="utf-8")
    with pytest.raises(NotAVerifierKey):
        read_public_keys(public_file(path))


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    """A software device with one Ed25519 key; its library keeps state, so the process has one configuration."""
    if SOFTHSM is None or not shutil.which("softhsm2-util"):
        pytest.skip("softhsm2 is not installed: keys in devices were not tried")
    if importlib.util.find_spec("pkcs11") is None:
        pytest.skip("python-pkcs11 is not installed: keys in devices were not tried")
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tmp_path}\nobjectstore.backend = file\n", encoding="utf-8")
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    made = ["softhsm2-util", "--init-token", "--free", "--label", "so", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(made, check=True, capture_output=True)
    key = tmp_path / "device.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    imported = ["softhsm2-util", "--import", key, "--token", "so", "--label", "nhat-ky", "--id", "01", "--pin", "1234"]
    subprocess.run(imported, check=True, capture_output=True)
    pin = tmp_path / "pin"
    pin.write_text("1234\n", encoding="utf-8")
    return Device(SOFTHSM, "so", "nhat-ky", pin)


def test_a_key_in_a_device_signs_like_one_in_a_file(device: Device) -> None:
    signer = device_signer(device, "bangiao/ha-noi")

    assert signed_by(sign(HEAD, signer), [signer.verifier_key]) == signer.verifier_key
    for wrong in (replace(device, token="khac"), replace(device, key="khac"), replace(device, module=Path("/none"))):
        with pytest.raises(DeviceFailed):
            wrong.sign(b"x")
    device.pin_file.write_text("4321", encoding="utf-8")
    with pytest.raises(DeviceFailed, match="PinIncorrect"):
        device.sign(b"x")


def test_without_the_extra_package_a_device_says_what_to_install(tmp_path: Path) -> None:
    if importlib.util.find_spec("pkcs11") is not None:
        pytest.skip("python-pkcs11 is installed")
    with pytest.raises(DeviceSupportMissing, match="python-pkcs11"):
        Device(tmp_path / "lib.so", "so", "nhat-ky", tmp_path / "pin").sign(b"x")
