"""A real browser, where this machine has one."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""

needs_chromium = pytest.mark.skipif(
    not CHROMIUM and os.environ.get("REQUIRE_BROWSER") != "1",
    reason="needs Chromium, found by PATH or CHROMIUM; REQUIRE_BROWSER=1 makes that a failure",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
        started = await driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        await started.close()
