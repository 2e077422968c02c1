"""From staged facts to a sealed bag: `scope.json`, reports, what tells how to verify, manifests, seal.

`package_staging` → **here** → `evidence.package.placing`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bangiao.i18n import translator
from bangiao.package_log import log_verifier_key, stamped
from bangiao.package_orders import ExportOrder
from bangiao.package_staging import Facts
from bangiao.settings import Settings
from checklists.deadlines import VIETNAM
from checklists.messages import Message
from checklists.package.records import ScopeRecord, SupersedesRecord
from checklists.package.texts import instant
from evidence.package import how_to_verify, verify
from evidence.package.bag import Bag
from evidence.package.keys import PackageKey
from evidence.package.reports import write_reports
from evidence.package.seal import LOG_KEY, TOKEN, seal

FORMAT = "bangiao-package/1"


def product() -> str:
    return f"bangiao {version('bangiao')}"


def scope_document(package: str, order: ExportOrder, facts: Facts, supersedes: SupersedesRecord | None) -> ScopeRecord:
    """`scope.json` of a new package."""
    return {
        "format": FORMAT,
        "package": package,
        "filters": order.scope.filters(),
        "filters_text": facts.filters_text,
        "as_of": instant(facts.as_of.at),
        "checkpoint": facts.checkpoint,
        "exported_by": order.by,
        "purpose": order.purpose,
        "language": order.language,
        "product": product(),
        "rows": facts.counts,
        "files": facts.files,
        "left_out": facts.left_out,
        "supersedes": supersedes,
    }


def assemble(bag: Bag, document: Mapping[str, Any], key: PackageKey) -> None:
    """What is for people, made from the rows that are staged."""
    bag.document("data/scope.json", document)
    write_reports(bag.place("data"), document["language"], translate=translator(document["language"]))
    bag.adopt_folder("data/report")
    how_to_verify.write(
        bag.place("data"),
        signer=key.signer,
        fingerprint=key.fingerprint,
        origin=document["checkpoint"]["origin"],
        verify_py_sha256=verifier_sha256(),
    )
    for place in sorted(bag.place("data").glob("HOW-TO-VERIFY.*")):
        bag.adopt(f"data/{place.name}")


@cache
def verifier_sha256() -> str:
    """Of `verify.py`, as it is published beside the packages."""
    return hashlib.sha256(Path(verify.__file__).read_bytes()).hexdigest()


def close(bag: Bag, document: Mapping[str, Any], facts_day: str, extra: tuple[tuple[str, str], ...] = ()) -> str:
    """Manifests and lid; gives the SHA-256 of the tag manifest."""
    supersedes = document["supersedes"]
    labels = [
        ("Bag-Software-Agent", document["product"]),
        ("Bagging-Date", facts_day),
        ("External-Identifier", document["package"]),
        ("Bag-Group-Identifier", document["filters"].get("decision", "")),
        ("External-Description", document["filters_text"][document["language"]]),
        ("Contact-Name", document["exported_by"]),
        ("Internal-Sender-Description", document["purpose"]),
        ("Supersedes", f"{supersedes['package']} sha256:{supersedes['tagmanifest_sha256']}" if supersedes else ""),
        *extra,
    ]
    return bag.finish(labels)


def seal_bag(bag: Bag, key: PackageKey, settings: Settings) -> Message | None:
    """Sign the closed bag and have the signature time-stamped, if there is an authority; gives why that failed."""
    signature = seal(bag, key)
    bag.write(LOG_KEY, log_verifier_key(settings).encode())
    token, why = stamped(settings, signature)
    if token:
        bag.write(TOKEN, token)
    return why


def local_day(document: Mapping[str, Any]) -> str:
    """The day of the package in Viet Nam."""
    return f"{datetime.fromisoformat(document['as_of']).astimezone(VIETNAM):%Y-%m-%d}"
