"""For everybody, without signing in: progress and punctuality of units, never of people. Off unless an office says."""
