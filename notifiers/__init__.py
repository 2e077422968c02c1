"""Messages out: what is told to people, from Jinja2 templates in `templates/<event>/`.

Today it renders the report that an opened decision leaves in Prefect and on the terminal. Sending by Apprise, with
attempts on record, comes with escalation (see "What it does not do yet" in README.md).
"""
