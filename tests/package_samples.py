"""Staged rows of a package (`data/`): small and full of difficult texts, or as many units as asked for.

Written as docs/package-format.md says, without a database: what the readable part of a package is tested with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from checklists import events
from checklists.audit.checkpoint import Checkpoint, NoteSignature, SignedCheckpoint, VerifierKey
from checklists.audit.leaf import disclosures, hash_of, leaf_document
from checklists.audit.merkle import Levels, inclusion_proof, root
from checklists.events import Event
from checklists.package.texts import instant
from evidence.package import how_to_verify, verify
from evidence.package.bag import Bag
from evidence.package.canonical import canonical
from evidence.package.keys import PackageKey
from evidence.package.seal import seal

FORMULA = "=cmd|' /C calc'!A0"
TURNED = "bien-ban\u202efdp.exe"
LONG = "Chưa bàn giao được vì thiếu biên bản kiểm kê tài sản; " * 38
NAME = "Nguyễn Thị Ước Nguyện"
CONTENT = "nội dung biên bản".encode()
DIGEST = sha256(CONTENT).hexdigest()
COMMITMENT = "c0ffee" * 10 + "c0ff"
ORIGIN = "bangiao.example/so-noi-vu"
AS_OF = "2025-09-30T10:00:00.000000Z"
FIRST_STEP = 7_340_033
STATES = ("done", "done", "in_progress", "waiting", "blocked", "submitted")
TITLES = (
    ("Sao lưu toàn bộ dữ liệu hộ tịch", "Back up all civil status data"),
    ("Cấu hình lại hệ thống một cửa điện tử", "Reconfigure the electronic one-stop system"),
    ("Bàn giao con dấu và hồ sơ lưu trữ", "Hand over seals and archived records"),
    ("Kiểm kê tài sản công nghệ thông tin", "Take stock of information technology"),
    ("Thông báo thay đổi cho người dân", "Tell citizens of the change"),
    ("Đóng tài khoản của đơn vị cũ", "Close the accounts of the former unit"),
)
_OPENED = datetime(2025, 6, 20, 1, tzinfo=UTC)
_SEED = b"0" * 16
_LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
LOG_KEY = VerifierKey(ORIGIN, _LOG_KEY.public_key().public_bytes_raw())


def write_sample(
    data: Path, units: int = 2, steps_each: int = 6, *, hostile: bool = True, left_out: bool = True
) -> Path:
    """The rows of one decision: `units` handing over, each with `steps_each` steps in all states."""
    data.mkdir(parents=True)
    made = {
        "units": _units(units),
        "people": _people(hostile=hostile),
        "decisions": [_decision()],
        "checklists": [],
        "steps": _steps(units, steps_each, hostile=hostile, left_out=left_out),
        "evidence": _evidence(units, steps_each, hostile=hostile),
        "verifications": _verifications(units, steps_each),
        "minutes": [_minutes()],
        "notices": _notices(units, steps_each, hostile=hostile),
        "acknowledgements": [_acknowledgement(hostile=hostile)],
        "events": _events(units, steps_each, hostile=hostile, left_out=left_out),
        "missing": _missing(units, steps_each),
    }
    rows = {f"{name}.jsonl": _write(data / f"{name}.jsonl", written) for name, written in made.items()}
    rows["proofs.jsonl"] = _write_log(data)
    (data / "scope.json").write_bytes(canonical(_scope(rows, hostile=hostile, left_out=left_out)))
    (data / "files").mkdir()
    (data / "files" / f"{DIGEST}.pdf").write_bytes(CONTENT)
    return data


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    written = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(canonical(row) + b"\n")
            written += 1
    return written


def _write_log(data: Path) -> int:
    """A true checkpoint over the events, and each one's proof."""
    documents = [json.loads(line)["document"] for line in (data / "events.jsonl").open("rb")]
    tree, size = Levels([hash_of(document) for document in documents]), len(documents)
    head = Checkpoint(ORIGIN, size, root(tree, size))
    signature = NoteSignature(ORIGIN, LOG_KEY.key_id, _LOG_KEY.sign(head.text().encode()))
    checkpoint = SignedCheckpoint(head, head.text(), (signature,))
    (data / "checkpoints").mkdir()
    (data / "checkpoints" / f"{size:012d}.txt").write_text(checkpoint.text(), encoding="utf-8", newline="\n")
    (data / "checkpoints" / "consistency.json").write_bytes(b"[]")
    proofs = ([one.hex() for one in inclusion_proof(tree, index, size)] for index in range(size))
    return _write(data / "proofs.jsonl", ({"index": index, "path": path} for index, path in enumerate(proofs)))


def sealed_sample(folder: Path, key: PackageKey, units: int = 2, steps_each: int = 6, **more: bool) -> Path:
    """A whole package with its texts and its seal, in a folder of its own below `folder`; verify.py lies beside it."""
    package = folder / "goi-minh-chung-000002"
    data = write_sample(package / "data", units, steps_each, **({"hostile": False} | more))
    _declare(data)
    program = Path(verify.__file__).read_bytes()
    (folder / "verify.py").write_bytes(program)
    how_to_verify.write(
        data,
        signer="Sở Nội vụ thành phố Hà Nội",
        fingerprint=key.fingerprint,
        origin=ORIGIN,
        verify_py_sha256=sha256(program).hexdigest(),
    )
    bag = Bag(package)
    for name in ("report.pdf", "danh-muc.xlsx"):
        bag.write(f"data/report/{name}", b"for people")
    bag.adopt_folder("data")
    bag.finish([("Source-Organization", "Sở Nội vụ"), ("External-Identifier", package.name)])
    seal(bag, key)
    bag.write("seal/log.vkey", f"{LOG_KEY}\n".encode())
    return package


def _declare(data: Path) -> None:
    """What a verifier compares: the true head of the log, and how many of its values are withheld."""
    scope = json.loads((data / "scope.json").read_bytes())
    [head] = (data / "checkpoints").glob("*.txt")
    origin, size, digest, *_ = head.read_text(encoding="utf-8").split("\n")
    entries = [json.loads(line) for line in (data / "events.jsonl").open("rb")]
    withheld = sum(len(one["document"]["sealed"]) - len(one["disclosures"]) for one in entries)
    scope["checkpoint"] = {"origin": origin, "size": int(size), "root": digest}
    if withheld:
        scope["left_out"].append(scope["left_out"][0] | {"what": "events.payload", "number": withheld})
    (data / "scope.json").write_bytes(canonical(scope))


def _words(vi: str, en: str) -> dict[str, str]:
    return {"vi": vi, "en": en}


def unit_key(number: int) -> str:
    return f"old:{number + 1:05d}"


def _units(units: int) -> Iterator[dict[str, Any]]:
    for number in range(units):
        yield _unit(unit_key(number), f"Phường Trúc Bạch {number + 1}", "commune", "new:01", "2025-06-30")
    yield _unit("new:01", "Thành phố Hà Nội", "province", None, None)


def _unit(key: str, name: str, level: str, parent: str | None, until: str | None) -> dict[str, Any]:
    kind = name.split(" ", 1)[0]
    named = {"key": key, "name": name, "kind": kind, "level": level, "parent": parent}
    return {**named, "valid_from": "2019-01-01", "valid_to": until}


def _people(*, hostile: bool) -> list[dict[str, Any]]:
    return [
        {"account": "lan", "name": FORMULA if hostile else "Trần Thị Lan"},
        {"account": "nguyen", "name": NAME},
    ]


def _decision() -> dict[str, Any]:
    content = {
        "number": "1656/NQ-UBTVQH15",
        "kind": "Nghị quyết",
        "title": _words("Về việc sắp xếp các đơn vị hành chính cấp xã", "On the arrangement of communes"),
        "issuing_body": "Ủy ban Thường vụ Quốc hội",
        "issued": "2025-06-16",
        "effective": "2025-06-16",
        "operational": "2025-07-01",
        "source": "Công báo",
    }
    change = {
        "kind": "amend",
        "state": "committed",
        "dated_on": "2025-07-15",
        "reason": "Đính chính tên đơn vị tiếp nhận",
        "drafted_by": "lan",
        "drafted_at": "2025-07-14T02:00:00.000000Z",
        "committed_by": "nguyen",
        "committed_at": "2025-07-15T03:00:00.000000Z",
    }
    return {
        "id": "1",
        "number": content["number"],
        "state": "registered",
        "content": content,
        "plan_hash": "ab" * 32,
        "calendar_version": "vn-2025/1",
        "ladders": {"data-backup": "cd" * 32},
        "drafted_by": "lan",
        "drafted_at": instant(_OPENED),
        "registered_by": "nguyen",
        "registered_at": instant(_OPENED + timedelta(hours=2)),
        "opened_at": instant(_OPENED + timedelta(hours=3)),
        "changes": [change],
    }


def _numbered(units: int, steps_each: int) -> Iterator[tuple[int, int, int, str]]:
    """Step number, unit, place within the unit, state."""
    numbers = count(FIRST_STEP)
    for unit in range(units):
        for place in range(steps_each):
            yield next(numbers), unit, place, STATES[place % len(STATES)]


def _steps(units: int, steps_each: int, *, hostile: bool, left_out: bool) -> Iterator[dict[str, Any]]:
    for number, unit, place, state in _numbered(units, steps_each):
        row = _step(number, unit, place, state)
        if hostile and state == "blocked":
            row["reason"] = LONG
        if hostile and place == 5:
            row["title"] = _words(FORMULA, FORMULA)
        if left_out and (unit, place) == (1, 0):
            row |= {"reason": {"left_out": COMMITMENT}, "doers": {"left_out": COMMITMENT}}
        yield row


def _step(number: int, unit: int, place: int, state: str) -> dict[str, Any]:
    late = 3 if place == 1 else 0
    due = date(2025, 6, 27)
    done = state == "done"
    vi, en = TITLES[place % len(TITLES)]
    return {
        "id": str(number),
        "checklist": str(unit + 1),
        "decision": "1",
        "unit": unit_key(unit),
        "holder": unit_key(unit),
        "key": f"buoc-{place + 1}",
        "counterpart": "",
        "occurrence": 1,
        "title": _words(vi, en),
        "basis": ["DAT-05 số 12", "Khoản 2 Điều 8 Nghị định 30/2020/NĐ-CP"],
        "category": "data",
        "state": state,
        "claim": "done" if done else None,
        "reason": "Chờ kho dữ liệu của tỉnh" if state == "blocked" else "",
        "due_on": due.isoformat(),
        "due_on_first": "2025-06-25",
        "deadline": {
            "rule": {"anchor": "operational", "days": -2},
            "anchor_on": "2025-07-01",
            "calendar_version": "vn-2025/1",
            "provisional": False,
            "explanation": _words(
                "2 ngày làm việc trước ngày đi vào hoạt động 01/07/2025, theo lịch vn-2025/1.",
                "2 working days before the day of operation 01/07/2025, by calendar vn-2025/1.",
            ),
        },
        "overdue_at_birth": False,
        "finished_at": "2025-06-26T03:00:00.000000Z" if done else None,
        "finished_on": (due + timedelta(days=late + 2 * bool(late))).isoformat() if done else None,
        "late_working_days": late if done else None,
        "overdue_working_days": 65 if state in {"in_progress", "blocked"} else None,
        "doers": ["lan"] if state != "waiting" else [],
        "needs": [],
        "evidence_wanted": [_words("Biên bản", "Minutes")],
        "wants_verification": True,
    }


def _evidence(units: int, steps_each: int, *, hostile: bool) -> Iterator[dict[str, Any]]:
    for number, _unit, _place, state in _numbered(units, steps_each):
        if state in {"done", "submitted"}:
            name = TURNED if hostile and state == "submitted" else "Biên bản kiểm kê dữ liệu.pdf"
            yield _piece(number, "file", name, "", f"files/{DIGEST}.pdf")
        elif hostile and state == "in_progress":
            yield _piece(number, "note", "", f"{FORMULA}\n- dòng hai", None)


def _piece(step: int, kind: str, name: str, text: str, path: str | None) -> dict[str, Any]:
    return {
        "id": f"{step}-1",
        "step": str(step),
        "kind": kind,
        "sha256": DIGEST,
        "name": name,
        "size": len(CONTENT),
        "media_type": "application/pdf" if path else "",
        "text": text,
        "dated_on": "2025-06-24",
        "added_by": "lan",
        "on_behalf_of": None,
        "added_at": "2025-06-25T03:30:00.000000Z",
        "withdrawn_by": None,
        "withdrawn_at": None,
        "path": path,
    }


def _verifications(units: int, steps_each: int) -> Iterator[dict[str, Any]]:
    for number, _unit, _place, state in _numbered(units, steps_each):
        if state == "done":
            yield {
                "id": f"{number}-v",
                "step": str(number),
                "claim": "done",
                "evidence_hash": DIGEST,
                "given_by": "nguyen",
                "on_behalf_of": None,
                "given_at": "2025-06-26T08:00:00.000000Z",
                "void_at": None,
                "void_because": "",
            }


def _minutes() -> dict[str, Any]:
    said = {"on_behalf_of": None, "at": "2025-06-28T02:00:00.000000Z", "hash": "ef" * 32}
    return {
        "id": "1",
        "number": "01/BB-BG",
        "decision": "1",
        "giver": unit_key(0),
        "taker": "new:01",
        "state": "final",
        "hash": "ef" * 32,
        "drafted_by": "lan",
        "drafted_at": "2025-06-27T02:00:00.000000Z",
        "confirmations": [{"side": "predecessor", "by": "lan", **said}, {"side": "successor", "by": "nguyen", **said}],
        "paths": [f"files/{DIGEST}.pdf"],
    }


def _notices(units: int, steps_each: int, *, hostile: bool) -> Iterator[dict[str, Any]]:
    for number, unit, place, state in _numbered(units, steps_each):
        if state == "in_progress":
            yield _notice(number, "sent", [_attempt(1, "sent", "250 OK")])
        if hostile and (unit, place) == (0, 4):
            tries = [_attempt(1, "failed_for_now", "451 thử lại sau"), _attempt(2, "failed_for_good", f"{FORMULA} 550")]
            yield _notice(number, "dead", tries)


def _notice(step: int, state: str, attempts: list[dict[str, Any]]) -> dict[str, Any]:
    delivery = {
        "id": f"d-{step}",
        "channel": "email",
        "address": "l***@ví-dụ.vn",
        "state": state,
        "created_at": "2025-06-30T01:00:00.000000Z",
        "ended_at": "2025-06-30T01:00:05.000000Z",
        "replaces": None,
        "attempts": attempts,
    }
    return {
        "id": f"n-{step}",
        "kind": "reminder",
        "step": str(step),
        "level": "late-1",
        "due_on": "2025-06-27",
        "recipient": "lan",
        "in_place_of": None,
        "urgent": False,
        "state": state,
        "created_at": "2025-06-30T00:59:00.000000Z",
        "ended_at": "2025-06-30T01:00:05.000000Z",
        "deliveries": [delivery],
    }


def _attempt(number: int, outcome: str, words: str) -> dict[str, Any]:
    began, ended = f"2025-06-30T01:0{number}:00.000000Z", f"2025-06-30T01:0{number}:02.000000Z"
    return {"attempt": number, "began_at": began, "ended_at": ended, "outcome": outcome, "words": words}


def _acknowledgement(*, hostile: bool) -> dict[str, Any]:
    return {
        "id": "a-1",
        "step": str(FIRST_STEP + 2),
        "given_by": "lan",
        "on_behalf_of": "nguyen",
        "expected_on": "2025-10-10",
        "words": FORMULA if hostile else "Đang chờ máy chủ mới",
        "given_at": "2025-07-02T01:00:00.000000Z",
    }


def _events(units: int, steps_each: int, *, hostile: bool, left_out: bool) -> Iterator[dict[str, Any]]:
    index = count()
    opened = Event("e-0", events.DECISION_REGISTERED, _OPENED, "nguyen", "1656", {"plan_hash": "ab" * 32}, 1)
    yield _event(opened, next(index))
    for number, unit, place, state in _numbered(units, steps_each):
        hidden = left_out and (unit, place) == (1, 0)
        for event in _acts(number, unit, state, hostile=hostile):
            yield _event(event, next(index), hidden=hidden)


def _acts(step: int, unit: int, state: str, *, hostile: bool) -> Iterator[Event]:
    told: list[tuple[str, str, dict[str, Any]]] = [("lan", events.STEP_STARTED, {})]
    attached = {"attached": [{"digest": DIGEST, "name": TURNED if hostile else "Biên bản.pdf", "kind": "file"}]}
    if state == "done":
        told += [("lan", events.EVIDENCE_ATTACHED, attached), ("lan", events.STEP_SUBMITTED, {})]
        told += [("nguyen", events.STEP_VERIFIED, {"before": {"state": "submitted"}, "after": {"state": "done"}})]
    elif state == "blocked":
        reason = FORMULA if hostile else "Chờ kho dữ liệu của tỉnh"
        told += [("lan", events.STEP_BLOCKED, {"reason": reason, "after": {"state": "blocked"}})]
    for place, (actor, kind, payload) in enumerate(told):
        at = _OPENED + timedelta(days=4, minutes=step % 600 + place)
        yield Event(f"e-{step}-{place}", kind, at, actor, unit_key(unit), payload, 1, step_id=step)


def _event(event: Event, index: int, *, hidden: bool = False) -> dict[str, Any]:
    opened = {} if hidden else disclosures(event, _SEED)
    return {
        "document": leaf_document(event, _SEED, index),
        "disclosures": {name: [one.salt, one.value] for name, one in opened.items()},
    }


def _missing(units: int, steps_each: int) -> Iterator[dict[str, Any]]:
    words = {
        "step_overdue": _words("Quá hạn 65 ngày làm việc", "Overdue by 65 working days"),
        "step_open": _words("Chưa hoàn thành", "Not finished"),
    }
    for kind in sorted(words):
        for number, unit, _place, state in _numbered(units, steps_each):
            late = state in {"in_progress", "blocked"}
            if state != "done" and late == (kind == "step_overdue"):
                yield {"kind": kind, "unit": unit_key(unit), "step": str(number), "words": words[kind]}
    yield {
        "kind": "unit_without_events",
        "unit": "new:01",
        "step": None,
        "words": _words("Chưa có ai làm gì tại đơn vị này", "Nobody has done anything in this unit"),
    }


def _scope(rows: dict[str, int], *, hostile: bool, left_out: bool) -> dict[str, Any]:
    why = _words("Dữ liệu cá nhân của người thứ ba", "Personal data of third parties")
    gone = {"what": "steps.doers", "number": 1, "why": why, "basis": "Điều 17 Luật Bảo vệ dữ liệu cá nhân"}
    return {
        "format": "bangiao-package/1",
        "package": "goi-minh-chung-000002",
        "filters": {"decision": "1656/NQ-UBTVQH15", "states": ["done", "blocked"]},
        "filters_text": _words(
            "Nghị quyết 1656/NQ-UBTVQH15; trạng thái: đã hoàn thành, vướng mắc",
            "Decision 1656/NQ-UBTVQH15; states: done, blocked",
        ),
        "as_of": AS_OF,
        "checkpoint": {"origin": ORIGIN, "size": 1234, "root": "ab" * 32},
        "exported_by": "nguyen",
        "purpose": FORMULA if hostile else "Kiểm toán chuyên đề",
        "language": "vi",
        "product": "bangiao 0.1.0",
        "rows": rows,
        "files": 1,
        "left_out": [gone] if left_out else [],
        "supersedes": {
            "package": "goi-minh-chung-000001",
            "tagmanifest_sha256": "12" * 32,
            "as_of": "2025-08-31T10:00:00.000000Z",
            "changes": {"steps.jsonl": {"added": 1, "changed": 2, "gone": 0}},
        },
    }
