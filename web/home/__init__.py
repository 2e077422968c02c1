"""The start page: to each person the pages of their roles."""
