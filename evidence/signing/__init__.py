"""Keys that sign checkpoints of the audit log: in a file or in a device (PKCS#11), never in the database.

checkpoint text → `notes.sign` with a Signer (`file_key`, `device_key`) → signed note; `notes.signed_by` checks one with
public keys alone.
"""
