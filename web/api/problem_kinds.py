"""The types of problems that programs are told: one table. Their names and statuses are part of the contract."""

from __future__ import annotations

from dataclasses import dataclass

from checklists.messages import Message


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of problem. `words`: when nothing more exact is known."""

    name: str
    status: int
    title: Message
    words: Message

    @property
    def uri(self) -> str:
        """The same on every installation, so that programs may compare it."""
        return f"urn:bangiao:problem:{self.name}"


BAD_REQUEST = Kind(
    "bad-request",
    400,
    Message("Not understood"),
    Message("The request could not be read. Nothing was changed."),
)
NO_TOKEN = Kind(
    "token-missing",
    401,
    Message("A token is needed"),
    Message("Send a token in the header Authorization: Bearer. A session of the pages does not count here."),
)
BAD_TOKEN = Kind(
    "token-invalid",
    401,
    Message("The token is not good"),
    Message("It is unknown, revoked or too old, or its person may not act any more. Make another one."),
)
SCOPE_MISSING = Kind(
    "scope-missing",
    403,
    Message("The token is not for this"),
    Message("This takes a token with the scope {scope}. Make one that has it."),
)
NOT_ALLOWED = Kind(
    "not-allowed",
    403,
    Message("Not allowed"),
    Message("The role of the token's person does not allow this here."),
)
NOT_FOUND = Kind(
    "not-found",
    404,
    Message("Not found"),
    Message("There is nothing here, or it is not within reach of the token's person."),
)
WRONG_METHOD = Kind(
    "method-not-allowed",
    405,
    Message("Not with this method"),
    Message("What stands at this address takes other methods; the header Allow names them."),
)
REFUSED = Kind(
    "refused",
    409,
    Message("A rule refuses this"),
    Message("What is on record does not allow it now. Nothing was changed."),
)
TOO_LARGE = Kind(
    "too-large",
    413,
    Message("Too large"),
    Message("What was sent is too large. Send it in smaller parts. Nothing was changed."),
)
WRONG_MEDIA = Kind(
    "unsupported-media-type",
    415,
    Message("Sent in another form than is taken here"),
    Message("Here {wanted} is taken; the header Content-Type has to say so."),
)
INVALID = Kind(
    "invalid",
    422,
    Message("Something in the request is not right"),
    Message("A value is missing, or of another kind than expected; see errors. Nothing was changed."),
)
KEY_MISSING = Kind(
    "idempotency-key-missing",
    400,
    Message("A key is needed"),
    Message("A write takes the header Idempotency-Key: 1 to {most} visible ASCII characters for this one order."),
)
KEY_OF_ANOTHER = Kind(
    "idempotency-key-of-another-order",
    422,
    Message("The key stands for another order"),
    Message("The key {key} came before with other content. Make up a new key for a new order."),
)
TOO_MANY = Kind(
    "too-many-tries",
    429,
    Message("Too many tries"),
    Message("Too many tokens that are not good came from this place. Wait, then come with one that is."),
)
BROKEN = Kind(
    "broken",
    500,
    Message("Something went wrong on our side"),
    Message("Nothing was half written. Send it again with the same key, or tell your administrator."),
)

KINDS = (
    BAD_REQUEST,
    NO_TOKEN,
    BAD_TOKEN,
    SCOPE_MISSING,
    NOT_ALLOWED,
    NOT_FOUND,
    WRONG_METHOD,
    REFUSED,
    TOO_LARGE,
    WRONG_MEDIA,
    INVALID,
    KEY_MISSING,
    KEY_OF_ANOTHER,
    TOO_MANY,
    BROKEN,
)
