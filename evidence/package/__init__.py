"""The evidence package as files: bag, manifests, seal, ZIP, and back again. It knows no database.

rows and files of a scope → **bag** (`bag.py`) → manifests → seal (`seal.py`) → ZIP (`zipped.py`) or folder at its place
(`placing.py`). What stands in which file is in docs/package-format.md; who asks for it is `bangiao.packages`.
"""
