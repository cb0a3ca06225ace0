"""``uurwerk``: the one command for people who run it.  A command a module; each loads what it needs when it runs."""

from __future__ import annotations

import typer

from deploy.cli import check, dead_letters, demo, doctor, token, topics, up, workorders

app = typer.Typer(
    name="uurwerk",
    help="Completed work orders become hours, approvals and invoices, exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold tokens and passwords
)

app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("token")(token.token)
app.command("topics")(topics.topics)
app.command("doctor")(doctor.doctor)
app.command("check")(check.check)
app.add_typer(workorders.app, name="workorders")
app.add_typer(dead_letters.app, name="dead-letters")
