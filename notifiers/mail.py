"""E-mail: Apprise service `bgmail`, on smtplib.

Apprise's own `mailto://` answers True or False only, makes a new Message-ID at each attempt and resolves the host
itself: whether a mailbox is unknown (550) or full for now (452) cannot be told, repeats cannot be recognised, and the
checked address cannot be kept. This one goes through Apprise all the same and leaves an `Outcome` behind.

One letter, one recipient, one connection.
"""

from __future__ import annotations

import base64
import contextlib
import smtplib
import time
from typing import Any

from notifiers.channels import Delivery, Outcome, Tls
from notifiers.egress import find
from notifiers.errors import ChannelIncomplete
from notifiers.letters import ascii_address, letter, parts
from notifiers.outcomes import answered, broken, said, sent
from notifiers.plugins import register
from notifiers.wire import Wire, connect, tls_context

SCHEMA = "bgmail"
PORTS = {Tls.IMPLICIT: 465, Tls.STARTTLS: 587, Tls.NONE: 25}
_LOGGED_IN = 235
_GOING_DOWN = 421
_OF_OURSELVES = frozenset({530, 534, 535, 538})
"""Codes about our login, not about this message: it waits until an administrator has put the password right."""


class _Session(smtplib.SMTP):
    """smtplib on a `Wire`: to the checked address, within the time there is."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        _, sender_host = parts(delivery.channel.sender)
        super().__init__(local_hostname=sender_host)  # its default would ask the name service

    def open(self) -> None:
        channel = self._delivery.channel
        self._host = channel.host
        self._raise_unless_ready(self.connect(channel.host, channel.port or PORTS[channel.tls]))
        if channel.tls is Tls.STARTTLS:
            self._encrypt()
        if channel.user:
            self._log_in(channel.user, channel.secret.reveal())

    def _log_in(self, user: str, password: str) -> None:
        """smtplib knows only ASCII; a password with diacritics goes as RFC 4616 says, in UTF-8."""
        if (user + password).isascii():
            self.login(user, password)
            return
        self.ehlo_or_helo_if_needed()
        if "PLAIN" not in self.esmtp_features.get("auth", "").split():
            raise smtplib.SMTPNotSupportedError("AUTH PLAIN")
        reply = self.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())
        if reply[0] != _LOGGED_IN:
            raise smtplib.SMTPAuthenticationError(*reply)

    def _get_socket(self, host: str, port: int, *_: Any) -> Wire:
        channel, limits = self._delivery.channel, self._delivery.limits
        target = find(host, port, limits.allowed)
        wire = self._wire = connect(target, limits, time.monotonic() + limits.total)
        try:
            if channel.tls is Tls.IMPLICIT:
                wire.encrypt(tls_context(channel), host)
        except OSError:
            wire.close()
            raise
        return wire

    def _encrypt(self) -> None:
        """smtplib's own would need a real socket. What was said in the clear is forgotten, as RFC 3207 demands."""
        self.ehlo_or_helo_if_needed()
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError("STARTTLS")
        code, words = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPResponseException(code, words)
        if self.file:
            self.file.close()
        self.file = None
        self._wire.encrypt(tls_context(self._delivery.channel), self._delivery.channel.host)
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    @staticmethod
    def _raise_unless_ready(reply: tuple[int, bytes]) -> None:
        if reply[0] != 220:
            raise smtplib.SMTPConnectError(*reply)


def deliver(delivery: Delivery) -> Outcome:
    if not delivery.channel.host or not delivery.channel.sender:
        raise ChannelIncomplete(channel=delivery.channel.name, part="host" if delivery.channel.sender else "sender")
    message = letter(delivery)  # before anything connects: what cannot be written is refused
    session = _Session(delivery)
    try:
        session.open()
        session.sendmail(ascii_address(delivery.channel.sender), [ascii_address(delivery.address.value)], message)
        return sent(250)
    except (smtplib.SMTPException, OSError) as error:
        return meaning(delivery, error)
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):  # a farewell; nothing waits for its answer
            session.putcmd("QUIT")
        session.close()


def meaning(delivery: Delivery, error: Exception) -> Outcome:
    """Permanent is only what the server said about this letter, its sender or its recipient with a 5xx code."""
    code: int
    words: str | bytes
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return broken(delivery.channel, delivery.channel.host, error)
    if code < 0:  # not an answer of SMTP
        return broken(delivery.channel, delivery.channel.host, smtplib.SMTPException(said(delivery.channel, words)))
    about_us = code in _OF_OURSELVES or isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError)
    permanent = code >= 500 and not about_us
    ailing = about_us or code == _GOING_DOWN
    return answered(code, said(delivery.channel, words), for_good=permanent, ailing=ailing)


register(SCHEMA, deliver)
