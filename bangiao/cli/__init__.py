"""The command line. Commands are imported when they are called, so that `--help` answers at once."""

from __future__ import annotations

import sys

from cyclopts import App, Group

from bangiao.cli.failures import reported
from bangiao.i18n import _


def build_app() -> App:
    """All commands by name; each module is loaded only when its command is run."""
    work, facts, running = (
        Group.create_ordered(_("Decisions and checklists")),
        Group.create_ordered(_("Facts they rest on")),
        Group.create_ordered(_("Running it")),
    )
    app = _without_commands()
    for name, target, group, words in (
        ("demo", "bangiao.cli.demo:demo", work, _("The main job on real units, from decision to checklists.")),
        ("decision", "bangiao.cli.decision:app", work, _("Preview, draft, register, list and show decisions.")),
        ("step", "bangiao.cli.step:app", work, _("Work on steps: start, attach, complete, verify, block, reopen …")),
        ("minutes", "bangiao.cli.minutes:app", work, _("Minutes of a handover, confirmed by both sides.")),
        ("status", "bangiao.cli.status:status", work, _("Checklists and steps by level, category and due date.")),
        ("review-deadlines", "bangiao.cli.review:review", work, _("Plan the notices of what is due or late.")),
        ("simulate", "bangiao.cli.review:simulate_", work, _("Who would be told of what in the days to come.")),
        ("ladder", "bangiao.cli.ladder:app", facts, _("Who hears of a late step, and when: show, lint.")),
        ("notify", "bangiao.cli.notify:app", work, _("Messages on their way: list, show, resend, cancel; wishes.")),
        ("audit", "bangiao.cli.audit:app", work, _("What is on record: who did what, when, and why.")),
        ("evidence", "bangiao.cli.evidence:app", work, _("Evidence packages for auditors: export, list, show.")),
        ("units", "bangiao.cli.units:app", facts, _("The register of units: list, show, import.")),
        ("templates", "bangiao.cli.templates:app", facts, _("The duties as templates: list, show, lint, publish.")),
        ("calendar", "bangiao.cli.calendar:app", facts, _("The working calendar, and why a deadline is what it is.")),
        ("channel", "bangiao.cli.channel:app", facts, _("The ways by which people are told: e-mail, webhooks, SMS …")),
        ("subscription", "bangiao.cli.subscription:app", facts, _("Other systems that are told of events, signed.")),
        ("user", "bangiao.cli.user:app", facts, _("Who holds which role in which unit.")),
        ("token", "bangiao.cli.token:app", facts, _("Tokens by which programs act as a person.")),
        ("up", "flows.commands:up", running, _("Prefect server, worker and pages as one process tree, until stopped.")),
        ("web", "web.commands:web", running, _("The pages alone, for people with a browser.")),
        ("worker", "flows.commands:worker", running, _("One worker with its relay, for an installation of several.")),
        ("relay", "flows.commands:relay", running, _("The relay alone: hands recorded events to Prefect.")),
        ("sender", "flows.commands:sender", running, _("The sender alone: messages to people leave by it.")),
        ("watch", "flows.commands:watch", running, _("Looks whether reminders and queues move, and raises an alarm.")),
        ("doctor", "bangiao.cli.doctor:doctor", running, _("Is everything sound, and what to do if not.")),
        ("db", "bangiao.cli.database:app", running, _("The database: bring it up to date, check it.")),
    ):
        app.command(target, name=name, group=group, help=words)
    return app


def _without_commands() -> App:
    """What `--help` says around the commands."""
    app = App(
        name="bangiao",
        help=_("Handover checklists for merged administrative units: registered, opened, dated, explained."),
        version_flags=["--version"],
        help_flags=["--help", "-h"],
        help_format="plaintext",
        usage=_("bangiao COMMAND"),
        group_commands=Group(_("Commands"), sort_key=0),
        group_arguments=Group(_("Arguments"), sort_key=1),
        group_parameters=Group(_("Options"), sort_key=2),
        exit_on_error=False,
        print_error=False,
        result_action="return_value",
    )
    app["--help"].help, app["--version"].help = _("Show this help."), _("Show the version.")
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: 0 fine, 1 failed, 2 bad usage or input, 3 checked and found wanting."""
    arguments = sys.argv[1:] if arguments is None else arguments
    sys.exit(reported(build_app, arguments))
