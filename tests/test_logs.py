"""What is logged, and what never is."""

import subprocess
import sys

import pytest

FAULT = """
import structlog
from server import logs
from server.settings import Settings

def sign_in(password):
    raise RuntimeError("out of luck")

logs.configure(Settings(log_format={format!r}))
try:
    sign_in("a quiet" + " harbour")
except RuntimeError:
    structlog.get_logger().exception("fault")
"""


@pytest.mark.parametrize("format", ["console", "json"])
def test_a_fault_is_logged_with_its_place_and_without_its_values(format: str) -> None:
    program = [sys.executable, "-c", FAULT.format(format=format)]
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    assert "out of luck" in done.stderr
    assert "sign_in" in done.stderr
    assert "a quiet harbour" not in done.stdout + done.stderr
