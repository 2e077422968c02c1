"""What an administrator does on the pages: people and roles, channels, calendar, templates, health."""
