"""The domain: decision → units and successions → plan → checklists and steps → events.

Read in this order, which is the way of the data:

`decisions`      what a merger decision says (numbers, dates, who goes into whom)
`units`          the units of the register, keyed by (generation, code), and their successions
`decision_rules` what makes a decision refusable, each with one sentence
`participants`   which units are concerned, in which role, facing whom
`templates`      the duties of the guidance as step templates; `conditions` says when a step applies
`working_calendar`, `deadlines`  when a step is due, and why
`plan`           what a decision would create, as a generator, with its hash
`handlers`       one function per command; `events` what they record; `ports` what they need from outside

Only the standard library and pydantic are imported here: no I/O, no clock, no randomness.
"""
