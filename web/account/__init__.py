"""Signing in and out, one's own account: password, second factor, sessions, language."""
