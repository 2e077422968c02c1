"""The tables of accounts elsewhere (OpenID Connect), and invitations."""

from __future__ import annotations
