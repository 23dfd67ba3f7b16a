"""The faults that these tests provoke are not written down: it would take longer than they do."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    with capture_logs():
        yield
