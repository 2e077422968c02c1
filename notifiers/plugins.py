"""The way through Apprise that tells what happened.

`Apprise.notify` answers True, False or None and keeps the cause to itself. Our own services (`bgmail`, `bghook` and the
gateways) are therefore Apprise plugins that leave an `Outcome` behind. A plugin object is made for one delivery and
used by one thread, so that there is nothing to lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.manager_plugins import NotificationManager
from apprise.plugins.base import NotifyBase

from notifiers.channels import Delivery, Outcome, State

ASSET = AppriseAsset(http_redirects=False, plugin_paths=None, async_mode=False, secure_logging=True)
"""One for all: no redirects, no code from files, no storage, no threads of Apprise's own."""


Deliver = Callable[[Delivery], Outcome]
"""What a service does; it may raise what `notifiers.sending` understands."""

_services: dict[str, Deliver] = {}


class OwnService(NotifyBase):  # type: ignore[no-untyped-call]
    """Any service of ours; its schema says which."""

    service_name = "bangiao"  # type: ignore[assignment]
    request_rate_per_sec = 0.0  # the pool and the breaker keep the pace
    body_maxlen = 10_000_000
    title_maxlen = 1000

    def __init__(self, delivery: Delivery, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.delivery = delivery
        self.outcome: Outcome | None = None
        self.raised: Exception | None = None

    def send(self, *_: Any, **__: Any) -> bool:
        """Called by Apprise. The text is taken from the envelope: Apprise's has lost blanks at its end."""
        try:
            self.outcome = _services[self.schema](self.delivery)
        except Exception as error:  # Apprise would log it whole and answer False
            self.raised = error
            return False
        return self.outcome.state is State.SENT

    def url(self, *_: Any, **__: Any) -> str:
        """What Apprise writes into its log: never more than the schema."""
        return f"{self.schema}://"


def register(schema: str, deliver: Deliver) -> None:
    """Makes `schema` known to Apprise; a second time changes nothing."""
    known = NotificationManager()  # type: ignore[no-untyped-call]
    _services[schema] = deliver
    if schema not in known:
        known.add(OwnService, schemas=schema)  # type: ignore[no-untyped-call]


def deliver_through_apprise(schema: str, delivery: Delivery) -> Outcome:
    """Raises what the service raised."""
    plugin = Apprise.instantiate({"schema": schema, "delivery": delivery}, asset=ASSET, suppress_exceptions=False)
    if not isinstance(plugin, OwnService):
        raise TypeError(schema)
    envelope = delivery.envelope
    through = Apprise(plugin, asset=ASSET)
    through.notify(envelope.text or "-", envelope.subject, body_format=NotifyFormat.TEXT)
    if plugin.raised:
        raise plugin.raised
    if plugin.outcome is None:
        raise RuntimeError("Apprise did not call the service")
    return plugin.outcome
