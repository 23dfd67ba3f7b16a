"""Rules of what people say about themselves."""

from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

from domain.errors import Problem
from domain.locales import check_tag
from domain.text import check_text

LONGEST_BIO = 2_000


def check_profile(bio: str, locale: str, timezone: str) -> Iterator[Problem]:
    yield from check_text(bio, ("bio",), most=LONGEST_BIO, least=0, lines=True)
    yield from check_home(locale, timezone)


def check_home(locale: str, timezone: str) -> Iterator[Problem]:
    yield from check_tag(locale, ("locale",))
    if timezone not in _zones():
        yield Problem(("timezone",), "Give the IANA name of a time zone, such as `Europe/Berlin`.")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
