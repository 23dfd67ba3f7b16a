"""Where the engines' programs, data and sockets are, and whom they run as.

PostgreSQL refuses to run as root. Started by root, the engines run as `nobody`; what that user
cannot reach (a home is nobody's business) is kept under /var/lib/imprimatur instead, and the
data folder links there. No folder that we did not make has its mode changed.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from server.embedded.programs import Programs
from server.errors import EngineError

ENGINES = ("postgres", "valkey")
SHARED = Path("/var/lib/imprimatur")
LONGEST_SOCKET_PATH = 103  # sun_path without its ending zero: 103 bytes on macOS, 107 on Linux
SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the engines run as."""

    uid: int
    gid: int

    def can(self, *command: str | Path) -> bool:
        """Whether the command ends well when this account runs it."""
        try:
            done = subprocess.run(  # noqa: S603 (paths of our own)
                command,
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one data folder's engines live."""

    home: Path
    sockets: Path
    programs: Programs
    account: Account | None
    """None: they run as whoever we are."""

    def private_folder(self, name: str) -> Path:
        """The engine's folder below home, made if need be; only its account may enter."""
        return _private(self.home / name, self.account)


def place(data_dir: Path) -> Place:
    """Find or make the data folder's place; EngineError says who lacks which right."""
    try:
        return _place(data_dir)
    except OSError as error:
        raise EngineError(
            f"The data folder {data_dir} cannot be used: {error}",
            "Give this user the folder, or set DATA_DIR to another one",
        ) from None


def _place(data_dir: Path) -> Place:
    account = _account(data_dir)
    _make(data_dir, 0o711 if account else 0o700)
    home = _reachable_home(data_dir, account) if account else data_dir
    programs = Programs.of_the_wheels()
    if account and not all(account.can(program, "--version") for program in programs.all):
        programs = programs.copied_to(SHARED)
    return Place(home, _sockets(home, account), programs, account)


def _account(data_dir: Path) -> Account | None:
    """Root lends the engines to whoever owns the cluster, or to `nobody`."""
    if os.geteuid() != 0:
        return None
    cluster = data_dir / "postgres"
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _reachable_home(data_dir: Path, account: Account) -> Path:
    linked = data_dir / "postgres"
    if not linked.is_symlink():
        if account.can("test", "-x", data_dir):
            return data_dir
        _settle_elsewhere(data_dir)
    return linked.readlink().parent


def _settle_elsewhere(data_dir: Path) -> None:
    """Move what is in the data folder to a new home and link there; the first to link wins."""
    _make(SHARED, 0o755)
    home = Path(tempfile.mkdtemp(prefix=f"{_digest(data_dir)}-", dir=SHARED))
    home.chmod(0o711)
    for name in ENGINES:
        if (data_dir / name).is_dir():
            shutil.move(data_dir / name, home / name)
        with suppress(FileExistsError):
            (data_dir / name).symlink_to(home / name)


def _sockets(home: Path, account: Account | None) -> Path:
    """A short private folder; every process of this home finds the same one."""
    folder = home / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
        # Not $TMPDIR nor $XDG_RUNTIME_DIR: two terminals may disagree on those.
        folder = Path(f"/tmp/imprimatur-{os.geteuid()}-{_digest(home)}")  # noqa: S108 (owner and mode are checked)
    return _private(folder, account)


def _private(folder: Path, account: Account | None) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    expected = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), expected}:
        raise EngineError(f"{folder} belongs to somebody else", f"Remove {folder}")
    if account and found.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def _make(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
