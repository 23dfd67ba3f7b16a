"""Invented but plausible data for measuring: large, and the same every time."""

from server.seeding.bench.people import PASSWORD
from server.seeding.bench.seed import BENCH, AlreadySeeded, Progress, Scale, seed_bench

__all__ = ["BENCH", "PASSWORD", "AlreadySeeded", "Progress", "Scale", "seed_bench"]
