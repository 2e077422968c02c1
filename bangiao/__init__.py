"""Wiring: settings, clock, words, readers of our files, and the command line. The rules are in `checklists`."""
