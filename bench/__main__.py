"""`python -m bench`: everybody side by side, in one run."""

import argparse
import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path

from bench import fanout, node, report
from bench.accounting import Processes
from bench.comparing import compare, say
from bench.contenders import ROOT
from bench.cores import Cores
from bench.data import Data, measured_data
from bench.fanout import FanOut
from bench.growth import measure_growth
from bench.listening import listeners
from bench.load import client
from bench.machine import this_machine
from bench.measuring import Meter
from bench.profiling import profile
from bench.queries import QUERIES
from bench.results import Results


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes, in seconds, and how often it is done."""

    table: float
    slice: float
    growth_slices: int
    documents: int
    profile: float
    fanout_rounds: int
    events: int
    """That are told to many, each round."""


QUICK = Plan(30, 0.2, 1, 4_000, profile=1, fanout_rounds=1, events=10)


def main() -> None:
    options = _options()
    if options.render:
        report.write(Results.read(options.data / "results.json"), ROOT / "docs")
        return
    plan = QUICK if options.quick else _whole(options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end what was started
    node.install()
    cores = Cores.of_this_machine()
    os.sched_setaffinity(0, cores.rest)  # and with it all that is started, but for servers
    with measured_data(options.data) as data, client() as clients:
        _pin(Processes(data.postmaster), cores)
        meter = Meter(cores, Processes(data.postmaster), clients)
        if options.profile:
            print(profile(data, meter, options.data / "logs", options.profile, plan.profile))
            return
        if options.fanout:
            _only_fanout(options, _fanout(data, meter, plan))
            return
        results = _measure(data, meter, plan)
    results.write(options.data / "results.json")
    print(report.text(results))
    if not options.quick:
        report.write(results, ROOT / "docs")


def _pin(postgres: Processes, cores: Cores) -> None:
    """Also where it was running already."""
    for process in postgres.living():
        process.cpu_affinity(sorted(cores.rest))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough look, in about two minutes")
    parser.add_argument("--render", action="store_true", help="write the page of the last run")
    parser.add_argument("--profile", choices=QUERIES, help="only where one query's time goes")
    parser.add_argument("--fanout", action="store_true", help="only what telling many costs")
    parser.add_argument("--seconds", type=float, default=os.environ.get("BENCH_SECONDS", "220"))
    parser.add_argument("--documents", type=int, default=200_000, help="to see memory stay flat")
    parser.add_argument("--data", type=Path, default=ROOT / ".data" / "bench")
    return parser.parse_args()


def _only_fanout(options: argparse.Namespace, found: FanOut) -> None:
    """Everything else on the page stays as the last run found it."""
    print(report.fanout_text(found))
    path = options.data / "results.json"
    if not options.quick and path.exists():
        results = replace(Results.read(path), fanout=found)
        results.write(path)
        report.write(results, ROOT / "docs")


def _whole(options: argparse.Namespace) -> Plan:
    return Plan(options.seconds, 0.5, 5, options.documents, 4, fanout_rounds=5, events=20)


def _fanout(data: Data, meter: Meter, plan: Plan) -> FanOut:
    logs = data.settings.data_dir / "logs"
    with listeners() as telling:
        return fanout.measure(
            data, meter, telling, logs, rounds=plan.fanout_rounds, events=plan.events
        )


def _measure(data: Data, meter: Meter, plan: Plan) -> Results:
    logs = data.settings.data_dir / "logs"
    comparison = compare(data, meter, logs, seconds=plan.table, slice=plan.slice)
    say("Measuring growth")
    growing = measure_growth(data, meter, logs, slices=plan.growth_slices, documents=plan.documents)
    say("Profiling and telling many")
    return Results(
        machine=this_machine(data.version),
        comparison=comparison,
        growth=growing,
        fanout=_fanout(data, meter, plan),
        profile=profile(data, meter, logs, "Q3", plan.profile),
    )


if __name__ == "__main__":
    main()
