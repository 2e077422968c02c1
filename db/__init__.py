"""Rows: the record. One command is one transaction: state change + event rows + outbox rows (`session.begin_write`).

`models` the tables · `session` engines and transactions · `migrations/` how the schema grows · `register` units and
successions · `decisions` drafts and registrations · `opening` the bulk write of checklists · `outbox` events on their
way to a consumer · `queries` read models for people.
"""
