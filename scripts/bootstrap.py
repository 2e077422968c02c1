"""From python3 alone to a `.venv` that holds exactly what a lock file says: the first step of every make target.

    python3 scripts/bootstrap.py runtime|dev     make .venv hold requirements.lock | requirements-dev.lock
    python3 scripts/bootstrap.py lock            make the lock files anew (newest versions that pyproject.toml allows)

uv does the work; it and the build backend come from requirements-build.lock through pip. Every file is checked against
its hash. Indexes and mirrors are those of the environment and of pip's configuration, which uv would not read by
itself. A second run finds the stamp in .venv and ends at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD_LOCK = ROOT / "requirements-build.lock"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
OURS = ("bangiao", "checklists", "db", "evidence", "flows", "notifiers", "web")
EXTRAS_LOCK = ROOT / "requirements-extras.lock"
VENV = ROOT / ".venv"
STAMP = VENV / "bangiao-stamp.json"
CACHE = ROOT / ".cache"
OLDEST = (3, 11)

PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "no-index": "UV_NO_INDEX",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}

BESIDE = {"UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"}


class CannotSetUp(Exception):
    """A sentence for the person at the terminal: what is missing, and what to do."""


def main(arguments: list[str]) -> int:
    if arguments not in (["runtime"], ["dev"], ["lock"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        check_python()
        with one_at_a_time():
            if arguments == ["lock"]:
                make_locks()
            else:
                make_environment(arguments[0])
    except CannotSetUp as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def check_python() -> None:
    if sys.version_info[:2] < OLDEST:
        raise CannotSetUp(
            f"bangiao needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {sys.executable} is {platform.python_version()}. "
            "Install a newer one and name it: make PYTHON=python3.12 demo"
        )


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """`make -j` may start two of us: the second waits, then finds the stamp."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the environment -----------------------------------------------------------------------------------------------


def make_environment(wanted: str) -> None:
    """Sync `.venv` with a lock; the development lock holds the runtime too, so it is never narrowed again."""
    present = read_stamp()
    kind = "dev" if "dev" in (wanted, present.get("kind")) else "runtime"
    stamp = {"kind": kind, "python": platform.python_version(), "root": str(ROOT), "content": content_of(kind)}
    if present == stamp:
        return
    uv, environment = find_uv(), uv_environment()
    python = VENV / "bin" / "python"
    moved = bool(present) and any(present.get(key) != stamp[key] for key in ("python", "root"))
    if moved or not python.exists():
        run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], environment)
    STAMP.unlink(missing_ok=True)
    say(f"installing {LOCKS[kind].name} into .venv")
    target = ["--quiet", "--python", str(python)]
    run([uv, "pip", "sync", *target, "--compile-bytecode", "--require-hashes", str(LOCKS[kind])], environment)
    ours = ["--no-deps", "--build-constraints", str(BUILD_LOCK), "--editable", str(ROOT)]
    run([uv, "pip", "install", *target, *ours], environment)
    run([str(python), "-m", "compileall", "-q", *(str(ROOT / one) for one in OURS)], environment)
    STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")


def read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def content_of(kind: str) -> str:
    files = (LOCKS[kind], BUILD_LOCK, ROOT / "pyproject.toml")
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def make_locks() -> None:
    """Exact versions and hashes for every platform, and no index address: an office installs from its own mirror."""
    import tomllib  # noqa: PLC0415 - an older Python has none, and should still hear check_python's sentence

    uv, environment = find_uv(), uv_environment(beside=False)
    compile_ = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--upgrade"]
    compile_ += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", ".".join(map(str, OLDEST))]
    run([*compile_, "pyproject.toml", "-o", LOCKS["runtime"].name], environment)
    extras = ["--all-extras", "-c", LOCKS["runtime"].name]
    run([*compile_, "pyproject.toml", *extras, "-o", EXTRAS_LOCK.name], environment)
    dev = ["--all-extras", "--group", "dev", "-c", EXTRAS_LOCK.name]
    run([*compile_, "pyproject.toml", *dev, "-o", LOCKS["dev"].name], environment)
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    run([*compile_, "-", "-o", BUILD_LOCK.name], environment, words="\n".join(["uv", *backend]))


# --- uv ------------------------------------------------------------------------------------------------------------


def find_uv() -> str:
    """The uv that requirements-build.lock names, in .cache; fetched when it is not there yet."""
    home = CACHE / f"uv-{hashlib.sha256(BUILD_LOCK.read_bytes()).hexdigest()[:12]}"
    binary = home / "bin" / "uv"
    if not binary.exists():
        say("fetching uv")
        shutil.rmtree(home, ignore_errors=True)
        fetch_uv(find_pip(), home)
    return str(binary)


def find_pip() -> list[str]:
    """A pip command: this Python's own, or that of an environment made for the purpose."""
    home = CACHE / "pip"
    if answers([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip"]
    if answers([sys.executable, "-m", "venv", str(home)]):
        return [str(home / "bin" / "python"), "-m", "pip"]
    raise CannotSetUp(
        f"{sys.executable} has neither pip nor ensurepip, so nothing can be installed with it. "
        "Add them (Debian and Ubuntu: apt install python3-venv), or name another: make PYTHON=/path/to/python3 demo"
    )


def fetch_uv(pip: list[str], home: Path) -> None:
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    command += ["--root-user-action", "ignore", "--only-binary", ":all:", "--no-deps", "--require-hashes"]
    try:
        run([*command, "--target", str(home), "-r", str(BUILD_LOCK)], dict(os.environ))
    except CannotSetUp as error:
        raise CannotSetUp(
            f"uv could not be fetched with pip ({error}). Does this machine reach its package index? "
            "A mirror is named with PIP_INDEX_URL or `pip config set global.index-url URL`."
        ) from error


# --- indexes and processes -----------------------------------------------------------------------------------------


def uv_environment(*, beside: bool = True) -> dict[str, str]:
    """Our environment, and pip's configuration in uv's words where uv was told nothing itself.

    Without `beside` only the main index counts: places beside it may hold the files of one platform only, and a lock
    made from them would fit no other.
    """
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    environment.pop("VIRTUAL_ENV", None)
    told = {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL"} & set(environment)
    for option, text in pip_configuration().items():
        name = PIP_TO_UV.get(option, "")
        left_out = (told and name.endswith(("_INDEX", "_URL"))) or (name in BESIDE and not beside)
        if name and name not in environment and not left_out:
            environment[name] = text.replace(" ", ",") if name == "UV_FIND_LINKS" else text
    if beside:
        # pip looks for a version in all its indexes, uv in the first that has the name. Hashes keep this safe.
        environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return environment


def pip_configuration() -> dict[str, str]:
    """What pip is configured with (files and PIP_* variables), the stronger source last."""
    listed = subprocess.run([*find_pip(), "config", "list"], capture_output=True, text=True, check=False).stdout
    rows = [row.partition("=") for row in listed.splitlines()]
    strength = ("global.", "install.", ":env:.")
    found = {}
    for section in strength:
        for name, _, text in rows:
            if name.startswith(section):
                found[name[len(section) :]] = " ".join(" ".join(shlex.split(text)).split())
    return found


def answers(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(command: list[str], environment: dict[str, str], words: str | None = None) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, input=words, text=True, check=False)
    if done.returncode:
        raise CannotSetUp(f"`{Path(command[0]).name} {' '.join(command[1:3])}` failed; its own words are above")


def say(words: str) -> None:
    print(f"bangiao: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
