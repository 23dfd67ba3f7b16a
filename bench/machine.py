"""What a run was made on."""

import platform
import sysconfig
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench import node


@dataclass(frozen=True, slots=True)
class Machine:
    day: str
    processor: str
    cores: int
    memory_gib: int
    system: str
    python: str
    node: str
    postgres: str


def this_machine(postgres: str) -> Machine:
    return Machine(
        day=f"{datetime.now(UTC):%Y-%m-%d}",
        processor=_processor(),
        cores=psutil.cpu_count() or 0,
        memory_gib=round(psutil.virtual_memory().total / 2**30),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=_python(),
        node=node.node_version(),
        postgres=postgres,
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.processor()


def _python() -> str:
    """Its version, and whether it was compiled with profile-guided optimisation, as far as it says.

    Debian optimises its builds by other means, and does not say so.
    """
    options = str(sysconfig.get_config_var("CONFIG_ARGS"))
    guided = "with" if "--enable-optimizations" in options else "without"
    found = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{found}, configured {guided} `--enable-optimizations`"
