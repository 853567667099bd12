"""The table of commands."""

import typer

from headwater.cli.credentials import credentials_app
from headwater.cli.demo import demo
from headwater.cli.doctor import doctor
from headwater.cli.importing import import_file
from headwater.cli.keys import keys_app
from headwater.cli.limits import limits_app
from headwater.cli.login import login
from headwater.cli.prices import prices_app
from headwater.cli.projects import projects_app
from headwater.cli.query import query
from headwater.cli.reindex import reindex
from headwater.cli.serve import serve
from headwater.cli.simulate import simulate
from headwater.cli.upstreams import upstreams_app
from headwater.cli.version import version

app = typer.Typer(
    name="headwater",
    help="See what your LLM programs ask, what comes back, how long it takes and what it costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(demo)
app.command()(simulate)
app.command()(query)
app.command()(login)
app.command()(doctor)
app.command()(reindex)
app.command(name="import")(import_file)
app.command()(version)
app.add_typer(keys_app, name="keys")
app.add_typer(projects_app, name="projects")
app.add_typer(upstreams_app, name="upstreams")
app.add_typer(credentials_app, name="credentials")
app.add_typer(limits_app, name="limits")
app.add_typer(prices_app, name="prices")
