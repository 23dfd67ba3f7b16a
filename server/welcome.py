"""What people read in the terminal: where to click, and whom to sign in as."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from server.seeding.demo import Login
from server.settings import Settings


def announce(console: Console, settings: Settings, address: str, logins: Sequence[Login]) -> None:
    """Say once that requests are taken, and where."""
    lines = [f"GraphQL   {address}/graphql", f"Health    {address}/health"]
    if settings.is_development or settings.metrics_token:
        lines.append(f"Metrics   {address}/metrics")
    if settings.in_development(settings.graphiql):
        lines[0] += "   (in a browser: GraphiQL)"
    people: list[RenderableType] = [table(logins), ""] if logins else []
    shown = Group("\n".join(lines), "", *people, "Ctrl-C stops everything that was started.")
    console.print(Panel(shown, title="Imprimatur is ready", expand=False))


def table(logins: Sequence[Login]) -> Table:
    """The demonstration's people, one a role."""
    shown = Table("role", "e-mail", "password", title="Demonstration logins", title_justify="left")
    for login in logins:
        shown.add_row(login.role, login.email, login.password)
    return shown
