"""Who hears of a late step, when, and how often: pure rules, given the facts and the time.

`ladder` the levels as data · `timetable` when each level falls · `facts`, `review_rules`, `review`, `review_words` what
is to be planned now and why · `forecast` the same for a time to come · `recipients` who hears · `reachability` what
would reach nobody · `ids` names that never change · `preferences`, `windows`, `digests` when and in which message ·
`attempts` what becomes of it · `acknowledgement` what stops the climb.
"""
