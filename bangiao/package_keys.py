"""The installation's key for sealing packages: where it is, making it once."""

from __future__ import annotations

from bangiao.wiring import Wiring
from evidence.package.keys import PackageKey, make_key, read_key

DEFAULT_NAME = "bangiao: gói minh chứng / evidence packages"


def package_key(wiring: Wiring) -> PackageKey:
    """The key that the settings name. Raises NoPackageKey and what else is wrong with it."""
    settings = wiring.settings
    return read_key(settings.sealing_package_key, settings.sealing_package_certificate, wiring.now())


def make_package_key(wiring: Wiring, name: str = DEFAULT_NAME) -> PackageKey:
    """A new key and a certificate of its own; `name`: the office, as it stands in there. Raises KeyThere."""
    settings = wiring.settings
    files = settings.sealing_package_key, settings.sealing_package_certificate
    return make_key(*files, name, wiring.now())
