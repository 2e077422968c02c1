"""HOW-TO-VERIFY is copied into a shell, command by command: over a good package, and over spoilt ones."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.package import how_to_verify
from evidence.package.bag import TAG_MANIFEST
from evidence.package.keys import PackageKey, make_key
from evidence.package.seal import SIGNATURE, signature_over
from tests.package_samples import DIGEST, sealed_sample, write_sample

NOW = datetime(2025, 9, 30, tzinfo=UTC)
EVIDENCE = f"data/files/{DIGEST}.pdf"
Step = tuple[str, list[str]]
pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("bash", "openssl", "sha256sum", "diff", "python3")),
    reason="needs bash, openssl and coreutils, as the text says",
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[PackageKey, PackageKey]:
    """The office's key, and a stranger's."""
    folder = tmp_path_factory.mktemp("keys")
    made = [make_key(folder / f"{name}.key", folder / f"{name}.pem", name, NOW) for name in ("office", "stranger")]
    return made[0], made[1]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, keys: tuple[PackageKey, PackageKey]) -> Path:
    return sealed_sample(tmp_path_factory.mktemp("package"), keys[0]).parent


@pytest.fixture
def package(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "here")
    return next((tmp_path / "here").glob("goi-*"))


def steps(text: str) -> list[Step]:
    """Each command of the text with the lines that must appear."""
    found: list[Step] = []
    for line in text.splitlines():
        if re.match(r" {4}\S", line) and not line.startswith("    #"):
            found.append((line.strip(), []))
        elif line.startswith("  | "):
            found[-1][1].append(line.removeprefix("  | "))
    return found


def findings(package: Path, language: str = "en") -> list[str]:
    """The commands of the package's own text whose answer is not the one it announces."""
    return run(package, text_of(package, language))


def run(package: Path, text: str) -> list[str]:
    told = steps(text)
    script = "".join(f"echo '=== {number}'\n{command}\n" for number, (command, _) in enumerate(told))
    said = subprocess.run(
        ["bash"], input=script, cwd=package.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ).stdout
    answers = re.split(r"^=== \d+\n", said, flags=re.M)[1:]
    assert len(answers) == len(told)
    return [command for (command, wanted), answer in zip(told, answers, strict=True) if not _as_told(wanted, answer)]


def _as_told(wanted: list[str], answer: str) -> bool:
    """Three dots stand for anything. A time stamp that is not there is said by nothing at all."""
    if wanted[-1:] == ["Verification: OK"] and not answer:
        return True
    patterns = [line.replace("[", "[[]").replace("...", "*") for line in wanted]
    return fnmatchcase(answer.rstrip("\n"), "\n".join(patterns)) if wanted else not answer


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_command_of_the_text_answers_as_the_text_says(package: Path, language: str) -> None:
    assert findings(package, language) == []


def test_both_languages_give_the_same_commands(package: Path) -> None:
    vi, en = (
        [(command.replace("--language vi", "--language en"), len(wanted)) for command, wanted in steps(text)]
        for text in (text_of(package, "vi"), text_of(package, "en"))
    )
    assert vi == en
    assert len(vi) >= 12


def flip_a_byte(package: Path) -> None:
    content = bytearray((package / EVIDENCE).read_bytes())
    content[3] ^= 1
    (package / EVIDENCE).write_bytes(content)


def change_a_due_date(package: Path) -> None:
    rows = package / "data/steps.jsonl"
    rows.write_text(rows.read_text(encoding="utf-8").replace("2025-06-27", "2025-07-27"), encoding="utf-8")


def add_evidence(package: Path) -> None:
    (package / "data/files" / ("0" * 64 + ".pdf")).write_bytes(b"%PDF-1.7")


def add_beside_the_data(package: Path) -> None:
    (package / "DOC-TRUOC.txt").write_bytes(b"Do not verify.")


def add_hidden(package: Path) -> None:
    (package / "data/.evidence.jsonl").write_bytes(b"{}")


def add_to_the_seal(package: Path) -> None:
    (package / "seal/other.pem").write_bytes((package / "seal/signer.pem").read_bytes())


def remove_evidence(package: Path) -> None:
    (package / EVIDENCE).unlink()


def rename_evidence(package: Path) -> None:
    (package / EVIDENCE).rename(package / "data/files/renamed.pdf")


def link_instead_of_file(package: Path) -> None:
    kept = package.parent / "elsewhere.pdf"
    (package / EVIDENCE).rename(kept)
    (package / EVIDENCE).symlink_to(kept)


def change_the_lid(package: Path) -> None:
    with (package / "bag-info.txt").open("a", encoding="utf-8") as lid:
        lid.write("Supersedes: goi-minh-chung-000001\n")


def strike_from_the_manifest(package: Path) -> None:
    for name in ("manifest-sha256.txt", "manifest-sha512.txt"):
        lines = (package / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (package / name).write_text("".join(line for line in lines if EVIDENCE not in line), encoding="utf-8")
    remove_evidence(package)


def new_manifests_for_a_changed_file(package: Path) -> None:
    """All that can be done without the key."""
    change_a_due_date(package)
    for algorithm in ("sha256", "sha512"):
        hashed_anew(package, f"manifest-{algorithm}.txt", f"{algorithm}sum", "data/steps.jsonl")
    for name in ("manifest-sha256.txt", "manifest-sha512.txt"):
        hashed_anew(package, TAG_MANIFEST, "sha256sum", name)


def hashed_anew(package: Path, manifest: str, tool: str, name: str) -> None:
    said = subprocess.run([tool, name], cwd=package, capture_output=True, text=True, check=True).stdout
    lines = (package / manifest).read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [said if line.rstrip("\n").endswith(f"  {name}") else line for line in lines]
    (package / manifest).write_text("".join(changed), encoding="utf-8")


def no_signature(package: Path) -> None:
    (package / SIGNATURE).unlink()


@pytest.mark.parametrize(
    ("spoil", "caught_by"),
    [
        (flip_a_byte, "manifest-sha256.txt && echo"),
        (change_a_due_date, "manifest-sha256.txt && echo"),
        (add_evidence, "diff"),
        (add_beside_the_data, "diff"),
        (add_hidden, "diff"),
        (add_to_the_seal, "find seal"),
        (remove_evidence, "manifest-sha256.txt && echo"),
        (rename_evidence, "diff"),
        (link_instead_of_file, "test -z"),
        (change_the_lid, "--check tagmanifest-sha256.txt"),
        (strike_from_the_manifest, "--check tagmanifest-sha256.txt"),
        (new_manifests_for_a_changed_file, "openssl cms"),
        (no_signature, "openssl cms"),
    ],
)
def test_stock_commands_catch_what_was_spoilt(package: Path, spoil: Callable[[Path], None], caught_by: str) -> None:
    spoil(package)
    assert [command for command in findings(package) if caught_by in command]


def sign_as_stranger(package: Path, stranger: PackageKey) -> None:
    new_manifests_for_a_changed_file(package)
    (package / SIGNATURE).write_bytes(signature_over((package / TAG_MANIFEST).read_bytes(), stranger))


def test_a_package_that_a_stranger_signed_anew_shows_another_fingerprint(
    package: Path, keys: tuple[PackageKey, PackageKey]
) -> None:
    told = text_of(package, "en")
    sign_as_stranger(package, keys[1])
    (package / "seal/signer.pem").write_bytes(keys[1].certificate.public_bytes(Encoding.PEM))
    assert [command for command in run(package, told) if "-fingerprint" in command]


def test_a_stranger_behind_the_true_certificate_in_the_same_file_is_not_believed(
    package: Path, keys: tuple[PackageKey, PackageKey]
) -> None:
    """The fingerprint shown is that of the first certificate; openssl by itself would take any of the file."""
    sign_as_stranger(package, keys[1])
    with (package / "seal/signer.pem").open("ab") as both:
        both.write(keys[1].certificate.public_bytes(Encoding.PEM))
    wrong = findings(package)
    assert not [command for command in wrong if "-fingerprint" in command]
    assert [command for command in wrong if "openssl cms" in command]


def test_a_checkpoint_received_earlier_is_compared(package: Path) -> None:
    command = next(line for line in text_of(package, "en").splitlines() if line.startswith("    # "))
    held = next((package / "data/checkpoints").glob("*.txt"))
    earlier = package.parent / "earlier.txt"
    shutil.copy(held, earlier)
    shutil.copy(package / "seal/signer.pem", package.parent / "signer.pem")
    assert subprocess.run(["bash", "-c", command.strip(" #")], cwd=package, capture_output=True).returncode == 0
    told = held.read_text(encoding="utf-8")
    root = told.split("\n")[2]
    earlier.write_text(told.replace(root, root[::-1].lstrip("=") + "="), encoding="utf-8")
    assert subprocess.run(["bash", "-c", command.strip(" #")], cwd=package, capture_output=True).returncode == 3


def test_sha256sum_alone_accepts_a_file_that_was_added(package: Path) -> None:
    """What step 5 of the text is for."""
    add_evidence(package)
    assert not [command for command in findings(package) if "sha256sum --strict" in command]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_was_left_out_is_said(tmp_path: Path, language: str) -> None:
    words = {"vi": "- steps.doers: 1. Dữ liệu cá nhân", "en": "- steps.doers: 1. Personal data of third parties"}
    assert words[language] in written(tmp_path / "some", language)
    nothing = {"vi": "Không lược bỏ, không lọc đi", "en": "Nothing was left out or filtered away"}
    assert nothing[language] in written(tmp_path / "all", language, left_out=False)


def written(data: Path, language: str, signer: str = "x", *, left_out: bool = True) -> str:
    write_sample(data, left_out=left_out)
    how_to_verify.write(data, signer=signer, fingerprint="ab" * 32, origin="o", verify_py_sha256="0" * 64)
    return (data / f"HOW-TO-VERIFY.{language}.txt").read_text(encoding="utf-8")


def test_a_name_cannot_bring_a_command_or_a_place_of_its_own(tmp_path: Path) -> None:
    told = written(tmp_path / "data", "en", "Sở\n    rm -rf ~ @ORIGIN@\u202e")
    assert "Signed by: Sở rm -rf ~ @ORIGIN@[U+202E]\n" in told
    assert not [command for command, _ in steps(told) if command.startswith("rm")]


def test_no_place_of_the_text_is_left_open(tmp_path: Path) -> None:
    for language in how_to_verify.LANGUAGES:
        assert not re.search(r"@[A-Z_]+@", written(tmp_path / language, language))


def text_of(package: Path, language: str) -> str:
    return (package / f"data/HOW-TO-VERIFY.{language}.txt").read_text(encoding="utf-8")
