"""Rules of teams."""

from collections.abc import Iterator

from domain.errors import Conflict, Invalid, LimitReached, NotFound, Problem, Reference
from domain.ids import TeamId
from domain.text import NAME, PROSE, check_text

MOST_TEAMS = 100
MOST_MEMBERS = 1_000


def check_team(name: str, description: str) -> Iterator[Problem]:
    yield from check_text(name, ("name",), most=NAME)
    yield from check_text(description, ("description",), most=PROSE, least=0, lines=True)


def check_room(present: int) -> None:
    """Raises `LimitReached` where an organisation has all the teams that it may have."""
    if present >= MOST_TEAMS:
        raise LimitReached(f"An organisation has at most {MOST_TEAMS} teams.")


def check_joining(id: TeamId, present: int, *, is_member: bool, is_in_it: bool) -> None:
    """Members of the organisation join a team, once; raises what is wrong."""
    if not is_member:
        raise Invalid.at("user", message="This is nobody who belongs to the organisation.")
    if is_in_it:
        raise Conflict("This person is in the team already.", Reference("Team", id), ("user",))
    if present >= MOST_MEMBERS:
        raise LimitReached(f"A team has at most {MOST_MEMBERS:,} members.")


def check_leaving(*, is_in_it: bool) -> None:
    """Raises `NotFound` for who is not in the team."""
    if not is_in_it:
        raise NotFound("There is no such person in the team.", ("user",))
