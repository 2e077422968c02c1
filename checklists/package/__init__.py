"""The evidence package: what may be asked for, which rows answer, what a complete record would have.

scope → rows (`records`) → completeness. Reading is `db/package_*.py`, writing `evidence/package/`, the whole
`bangiao/packages.py`; the files are described in docs/package-format.md.
"""
