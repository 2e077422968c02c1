"""The audit log as pure arithmetic: what is hashed of an event, the tree over the hashes, the text that is signed.

event → `leaf` (canonical document, personal fields sealed) → `merkle` (root and proofs) → `checkpoint` (signed text).
Rows are read and written by `db/audit_log.py`; keys live in `evidence/signing/`.
"""
