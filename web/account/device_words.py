"""What a browser says it is → words by which people know their own telephone."""

from __future__ import annotations

import re

from bangiao.i18n import _

_BROWSERS = (
    ("coc_coc_browser", "Cốc Cốc"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Zalo", "Zalo"),
    ("FxiOS|Firefox", "Firefox"),
    ("CriOS|Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_words(said: str) -> str:
    """Such as "Chrome on Android"; what says nothing known is an unknown device."""
    browser = next((name for mark, name in _BROWSERS if re.search(mark, said)), "")
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("Unknown device")
