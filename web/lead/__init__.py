"""The unit lead's pages: my units, a unit's checklists, one step, and what is done to it. Phone first."""
