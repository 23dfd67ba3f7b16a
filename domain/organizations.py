"""Rules of organisations."""

from collections.abc import Iterator

from domain.errors import Problem
from domain.text import NAME, check_slug, check_text


def check_organization(slug: str, name: str) -> Iterator[Problem]:
    yield from check_slug(slug, ("slug",))
    yield from check_text(name, ("name",), most=NAME)
