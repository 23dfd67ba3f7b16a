"""The page on permissions, which is read off the tables and the schema."""

from pathlib import Path

from domain.permissions import Permission
from server import permissions_page
from server.permission_matrix import KINDS, MUTATIONS, QUERIES, SUBSCRIPTIONS

PAGE = Path(__file__).parent.parent / "docs" / "permissions.md"


def test_the_page_on_permissions_is_the_committed_one() -> None:
    assert permissions_page.page() == PAGE.read_text("utf-8"), "run `make docs`"


def test_the_page_has_a_row_for_every_root_and_permission_and_a_column_for_every_caller() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    for name in (*QUERIES, *MUTATIONS, *SUBSCRIPTIONS):
        [row] = [line for line in lines if line.startswith(f"| `{name}` |")]
        assert row.count("|") == len(KINDS) + 3
    for permission in Permission:
        assert any(line.startswith(f"| {permission.name} |") for line in lines)
