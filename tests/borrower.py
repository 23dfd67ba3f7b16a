"""A process of its own that uses a data folder's engines until its input ends.

`python -m tests.borrower DATA_DIR [UID]` prints the URLs when they are ready.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

from server.embedded import embedded_engines
from server.settings import Settings


class Borrower:
    """Leave the block to end it properly; `killed` ends it at once."""

    def __init__(self, data_dir: Path, *, uid: int | None = None) -> None:
        arguments = [str(data_dir), *([str(uid)] if uid else [])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.borrower", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        urls = json.loads(self.process.stdout.readline())
        self.database_url: str = urls["database_url"]
        self.redis_url: str = urls["redis_url"]

    def killed(self) -> None:
        self.process.kill()
        self.process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def unconfigured(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, database_url=None, redis_url=None)


def _become(uid: int) -> None:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def main(data_dir: str, uid: str | None = None) -> None:
    if uid:
        _become(int(uid))
    with embedded_engines(unconfigured(Path(data_dir))) as settings:
        urls = settings.model_dump(include={"database_url", "redis_url"})
        sys.stdout.write(json.dumps(urls) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
