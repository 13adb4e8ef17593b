"""A real browser for the tests of what a user opens in one."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=30_000)  # ms: a page may have megabytes of scripts, and the machine other work


@pytest.fixture(scope="module")  # not the session's: while it lasts, no other test can run an event loop
def browser() -> Iterator[Browser]:
    """Headless Chromium, as the system has it: Playwright's own would be another download."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.fail("these tests open pages in Chromium, which is not installed: try `apt-get install chromium`")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield opened
        opened.close()
