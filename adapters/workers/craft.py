"""What workers are for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Craft:
    """The module that workers of a kind run, and how clients are told of jobs that came to nothing.

    `place` is the part of a job that is at fault where the worker did not say which it was at.
    `slow` has room for the seconds, `large` for the mebibytes.
    """

    module: str
    place: str
    slow: str
    large: str
    deadly: str
    crowded: str
    not_now: str
    stopping: str
