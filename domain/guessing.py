"""Rules of guessing: who fails too often has to wait, and longer every time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

FREE_WITHIN = timedelta(minutes=15)
"""How long a few failures count."""

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
REMEMBERED = timedelta(days=1)
"""How long it is known that somebody had to wait: who pauses does not begin anew before."""

_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Allowed:
    """How many attempts in a row may fail before the next has to wait."""

    account: int
    """At one account, from wherever."""

    address: int
    """From one address, at whatever accounts."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts under one key that failed, or whose end is not known yet."""

    failures: int
    began_at: datetime
    failed_at: datetime
    blocked_until: datetime | None = None


def counted(before: Attempts, allowed: int, now: datetime) -> Attempts:
    """With one attempt more, which counts as failed until it has succeeded."""
    begun = none_at(now) if _is_over(before, now) else before
    failures = begun.failures + 1
    return Attempts(failures, begun.began_at, now, _blocked_until(failures, allowed, now))


def counted_within(before: Attempts, whole: Attempts, now: datetime) -> Attempts:
    """The part of `whole` that one account has added to it, with one attempt more."""
    begun = none_at(now) if before.began_at < whole.began_at else before
    return replace(begun, failures=begun.failures + 1, failed_at=now)


def taken_back(whole: Attempts, part: Attempts, allowed: int) -> Attempts:
    """Without the part that one account has added, as far as it was added to this very count."""
    if part.began_at < whole.began_at:
        return whole
    failures = max(0, whole.failures - part.failures)
    return replace(
        whole,
        failures=failures,
        blocked_until=whole.blocked_until if failures >= allowed else None,
    )


def none_at(now: datetime) -> Attempts:
    return Attempts(0, now, now)


def seconds_to_wait(attempts: Sequence[Attempts], now: datetime) -> int:
    """How long until the next attempt may be made; 0 for at once."""
    until = max(each.blocked_until or now for each in attempts)
    return max(0, ceil((until - now).total_seconds()))


def network_of(ip: str) -> str:
    """What one client can be expected to have to itself: an IPv4 address, or a /64 of IPv6."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((address, 64), strict=False))
    return str(address)


def _is_over(attempts: Attempts, now: datetime) -> bool:
    if attempts.blocked_until is None:
        return now - attempts.began_at >= FREE_WITHIN
    return now - attempts.failed_at >= REMEMBERED


def _blocked_until(failures: int, allowed: int, now: datetime) -> datetime | None:
    if failures < allowed:
        return None
    doubled: timedelta = FIRST_DELAY * 2 ** min(failures - allowed, _DOUBLINGS)
    return now + min(doubled, LONGEST_DELAY)
