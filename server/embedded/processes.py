"""Processes of the engines: launched away from our terminal, found again, ended.

A process is recognised by its working folder, which is one engine's own: no pid file has to be
believed, however stale.
"""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import BinaryIO

import psutil

from server.embedded.places import Account

ENDED_WITHIN = 15.0  # seconds
LARGEST_LOG = 5_000_000  # bytes
Command = list[str | Path]
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def launch(
    command: Command,
    folder: Path,
    log: Path,
    account: Account | None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Run in a session of its own, so that a terminal's Ctrl-C reaches us only."""
    with _open_log(log) as output:
        return subprocess.Popen(  # noqa: S603 (programs of our own)
            command,
            cwd=folder,
            env=ENVIRONMENT,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def _open_log(log: Path) -> BinaryIO:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    return log.open("ab")


def residents(folder: Path) -> list[psutil.Process]:
    """The living processes whose working folder this is, or was before it was removed."""
    return [process for process in psutil.process_iter() if _lives_in(process, str(folder))]


def _lives_in(process: psutil.Process, folder: str) -> bool:
    try:
        return process.cwd() == folder
    except (psutil.Error, OSError):
        return False


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that nobody has collected does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(processes: Sequence[psutil.Process], signal: Signals) -> None:
    """Return when all have ended: by the signal, or killed after ENDED_WITHIN seconds."""
    for request in (signal, Signals.SIGKILL):
        living = [process for process in processes if is_alive(process)]
        for process in living:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(request)
        if wait(lambda: not any(map(is_alive, processes)), ENDED_WITHIN):
            return


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
