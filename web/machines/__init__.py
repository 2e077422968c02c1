"""For other programs: is it well, how much of what, the calendar of a person, events in, live numbers."""
