"""Who hears of a late step, when, and how often: pure rules, given the facts and the time.

`ladder` the levels as data · `timetable` when each level falls · `review_rules`, `review` what is to be planned now ·
`recipients` who hears · `preferences`, `windows`, `digests` when and in which message · `attempts` what becomes of it ·
`acknowledgement` what stops the climb · `reachability` what would reach nobody.
"""
