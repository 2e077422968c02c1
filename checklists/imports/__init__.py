"""Imports of units, successions and dated changes: rows of a table become a preview, or mistakes with their lines.

`preview` reads all tables together · `units`, `successions`, `changes` one kind each · `rows` what they are made of.
"""
