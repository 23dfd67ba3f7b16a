"""The command line, `imprimatur`."""

import asyncio
import sys
from functools import partial
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from typer.core import TyperGroup

from server import audit_commands, configuration, evidence_commands, key_commands, logs, settings
from server.embedded import embedded_engines
from server.errors import OperatorError
from server.readiness import make_ready
from server.settings import Settings

# The application is imported by the commands that need it: the others answer at once.
# ruff: noqa: PLC0415

out = Console()
err = Console(stderr=True)


class Commands(TyperGroup):
    """Ends a command that its operator has to put right with a line on stderr, and its code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OperatorError as error:
            err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Imprimatur: a GraphQL server for words that need approval before they go out.",
)
jobs = typer.Typer(no_args_is_help=True, help="See what is done later, and try again.")
app.add_typer(jobs, name="jobs")

app.add_typer(audit_commands.commands, name="audit")
app.add_typer(evidence_commands.commands, name="evidence")
app.add_typer(key_commands.commands, name="keys")


@app.command()
def serve() -> None:
    """Serve GraphQL at HOST and PORT until Ctrl-C."""
    configured = _configured()
    from server import serving, welcome

    serving.serve(configured, partial(welcome.announce, out))


@app.command()
def worker() -> None:
    """Do jobs, and follow what happens, until Ctrl-C: beside `serve` where that does not."""
    configured = _configured()
    from server import working

    working.work(configured, partial(out.print, "Jobs are done. Ctrl-C stops."))


@app.command()
def migrate() -> None:
    """Bring the database's schema to the newest revision."""
    with embedded_engines(_configured()) as running:
        make_ready(running)
    out.print("The database is at the newest revision.")


@app.command()
def seed(scale: Literal["demo", "bench"] = "demo") -> None:
    """Fill an empty database with the demonstration organisation, or with much data to measure."""
    with embedded_engines(_configured()) as running:
        make_ready(running)
        if scale == "bench":
            _seed_bench(running)
        else:
            _seed_demo(running)


@app.command()
def schema() -> None:
    """Print the schema in GraphQL's definition language."""
    from schema import schema as served

    sys.stdout.write(served.as_str() + "\n")


@app.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
    name: Annotated[str, typer.Option()] = "Platform Administrator",
) -> None:
    """Make a platform administrator, or make somebody one."""
    from server import admins

    with embedded_engines(_configured()) as running:
        make_ready(running)
        user = asyncio.run(admins.create_admin(running, email, password, name))
    out.print(f"{user.email} administers the platform.", highlight=False)


@app.command()
def doctor() -> None:
    """Check settings, keys, storage, Redis, database and migrations; say what to do."""
    with embedded_engines(_configured()) as running:
        report, is_well = asyncio.run(_examined(running))
    out.print(report)
    if not is_well:
        raise typer.Exit(1)


@app.command("configuration")
def print_configuration() -> None:
    """Print docs/configuration.md."""
    sys.stdout.write(configuration.page())


@jobs.command("list")
def list_jobs(*, dead: bool = False) -> None:
    """List the jobs that wait or run or, with --dead, those that are not tried again."""
    from server import queue

    with embedded_engines(_configured()) as running:
        out.print(asyncio.run(queue.listed(running, is_dead=dead)))


@jobs.command("retry")
def retry_job(id: int) -> None:
    """Let a dead job be tried again, as if for the first time."""
    from server import queue

    with embedded_engines(_configured()) as running:
        asyncio.run(queue.retry(running, id))
    out.print(f"Job {id} is tried again.")


@app.command("approvals")
def print_approvals() -> None:
    """Print docs/approvals.md."""
    from server import approvals_page

    sys.stdout.write(approvals_page.page())


@app.command("permissions")
def print_permissions() -> None:
    """Print docs/permissions.md."""
    from server import permissions_page

    sys.stdout.write(permissions_page.page())


def _configured() -> Settings:
    loaded = settings.load()
    logs.configure(loaded)
    return loaded


async def _examined(running: Settings) -> tuple[Table, bool]:
    from server.doctor import CHECKS

    report = Table("", "", "", box=None, show_header=False)
    report.add_row("[green]✓", "Settings", running.environment)
    is_well = True
    for name, check in CHECKS.items():
        try:
            report.add_row("[green]✓", name, await check(running))
        except OperatorError as error:
            is_well = False
            report.add_row("[red]✗", name, str(error))
    return report, is_well


def _seed_demo(running: Settings) -> None:
    from server import welcome
    from server.seeding.demo import seed_demo

    out.print(welcome.table(asyncio.run(seed_demo(running))))


def _seed_bench(running: Settings) -> None:
    from server.seeding.bench import seed_bench

    with Progress(console=out) as progress:
        asyncio.run(seed_bench(running.database_url or "", progress=_Bars(progress)))


class _Bars:
    """A bar for each kind of thing that is told about."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def __call__(self, kind: str, done: int, total: int) -> None:
        if kind not in self._bars:
            self._bars[kind] = self._progress.add_task(kind, total=total)
        self._progress.update(self._bars[kind], completed=done)
