"""Whether an installation is sound: small checks by area, what each found, and what may be put right safely.

environment, record, evidence store, people → **findings** → the operator (`bangiao doctor`).
"""
