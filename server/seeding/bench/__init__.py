"""Invented but plausible data for measuring: large, and the same every time.

It is how things are, without the record of how they came to be: no event tells of it, so relays and
followers have nothing to catch up on, and positions begin with what is done from then on.
"""

from server.seeding.bench.people import PASSWORD
from server.seeding.bench.seed import BENCH, AlreadySeeded, Progress, Scale, seed_bench

__all__ = ["BENCH", "PASSWORD", "AlreadySeeded", "Progress", "Scale", "seed_bench"]
