"""The committee's pages: the cockpit, tables of units and steps, decisions, escalations.

`db.cockpit` → `board` (kept for a moment) → `units` (the part in somebody's reach) → one module for each page.
"""
