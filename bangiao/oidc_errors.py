"""What goes wrong when somebody signs in with the office's own account. Each docstring is the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class OidcNotInstalled(HandoverError):
    """Signing in with the office's own account is set up (BANGIAO_OIDC_ISSUER), but the package it needs is not
    installed. Install bangiao with the extra "oidc", or take the setting away."""


class OidcIncomplete(HandoverError):
    """Signing in with the office's own account also needs the setting {name}. Set it, or take BANGIAO_OIDC_ISSUER
    away."""


class OidcSecretUnreadable(HandoverError):
    """The file of BANGIAO_OIDC_CLIENT_SECRET_FILE cannot be read: {why}. It holds the secret that the provider gave,
    and nothing else."""


class NobodyCouldEnter(HandoverError):
    """Passwords are switched off (BANGIAO_PASSWORDS) and there is no other way to sign in. Set BANGIAO_OIDC_ISSUER, or
    allow passwords."""


class NoOfficeAccounts(HandoverError):
    """Signing in with the office's own account is not set up here."""


class ProviderAway(HandoverError):
    """{provider} does not answer at present, so nobody can be signed in with it. Try again in a few minutes; if it goes
    on, tell your administrator."""


class SignInNotBegun(HandoverError):
    """This sign-in was not begun in this browser, or more than ten minutes ago. Begin again."""


class ProviderRefused(HandoverError):
    """{provider} did not sign you in ({why}). Begin again, or tell your administrator."""


class AnswerNotTrusted(HandoverError):
    """The answer of {provider} could not be trusted ({why}), so nobody was signed in. Begin again; if it goes on, tell
    your administrator."""


class IdentityUnknown(HandoverError):
    """The office account {called} is not linked with an account here. Sign in another way and link it on the page of
    your account, or give this name to whoever administers the users of your unit: {subject}"""


class AccountDisabled(HandoverError):
    """The account that this office account is linked with is disabled. Ask whoever administers the users of your
    unit."""


class SecondFactorNotShown(HandoverError):
    """Your role demands a second factor, and {provider} did not say that you used one. Sign in there with a second
    factor, or ask your administrator."""


class IdentityTaken(BadInput):
    """This office account is linked with another account already. One person has one account here; ask whoever
    administers the users of your unit."""


class LinkedAlready(BadInput):
    """{account} is linked with an office account already. Remove that link first."""


class NotLinked(BadInput):
    """{account} is not linked with an office account."""


class OnlyWayIn(BadInput):
    """Without this link you could not sign in any more: set a password first, or ask whoever administers the users of
    your unit."""


class SubjectMissing(BadInput):
    """Write the name by which the provider knows the person (subject), as it is shown to them when they try."""
