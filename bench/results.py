"""All that a run found out, kept as JSON so that the page can be written again."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bench.comparing import Comparison
from bench.fanout import FanOut
from bench.growth import Growth
from bench.machine import Machine


@dataclass(frozen=True, slots=True)
class Results:
    machine: Machine
    comparison: Comparison
    growth: Growth
    profile: str
    fanout: FanOut | None = None
    """None in what earlier runs have kept."""

    def write(self, path: Path) -> None:
        path.write_bytes(_AS_JSON.dump_json(self, indent=1))

    @classmethod
    def read(cls, path: Path) -> "Results":
        return _AS_JSON.validate_json(path.read_bytes())


_AS_JSON = TypeAdapter(Results)
