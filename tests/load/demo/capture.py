"""Take the screenshots of the README from a running demo: ``make capture``.

This module owns their content. Each run replaces all of them.
"""

from __future__ import annotations

import asyncio
import io
from collections import deque
from collections.abc import Coroutine
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.load.demo import accounts, stage
from tests.load.demo.stage import ADMIN, Stage
from tests.services import children, programs
from tests.services.ports import free_port
from tests.services.site import ROOT

IMAGES = ROOT / "docs" / "images"
#: On average over the day.
PEOPLE = 96
#: The dashboard shows today and yesterday. More days would take longer to write.
DAYS = 2
#: Time until the people of the start have connected, and the page shows new ones.
WARM_UP_SECONDS = 20
WIDTH, HEIGHT = 1280, 800
#: The animation: small enough for a README, and slow enough to follow.
FRAMES, FRAME_MS, SHRINK, COLORS = 72, 125, 2, 128
#: An activity arrives in the middle of the animation, if there is one within this time.
MAX_FILM_SECONDS = 300
#: Colors of a still picture.
STILL_COLORS = 256
#: It is afternoon in one of these places.
ZONES = (
    *("Pacific/Auckland", "Australia/Sydney", "Asia/Tokyo", "Asia/Singapore", "Asia/Bangkok"),
    *("Asia/Dhaka", "Asia/Karachi", "Asia/Dubai", "Africa/Nairobi", "Europe/Athens"),
    *("Europe/Paris", "UTC", "Atlantic/Azores", "America/Sao_Paulo", "America/Halifax"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu"),
)
AFTERNOON = 15.5
#: The newest activity on the page.
NEWEST = "document.querySelector('live-activity-feed li')?.dataset.lucId"


async def take(running: Stage, performance: Coroutine[Any, Any, None], directory: Path) -> None:
    """Take all screenshots during the performance of the audience."""
    people = asyncio.create_task(performance)
    programs.lend_node_to_playwright()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=programs.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await _open(browser, running.url)
        await page.wait_for_timeout(WARM_UP_SECONDS * 1000)
        await _film(page, directory / "live.gif")
        await _save(page, directory / "page.png")
        dark = await _open(browser, running.url, color_scheme="dark")
        await dark.wait_for_timeout(2_000)
        await _save(dark, directory / "page-dark.png")
        await _dashboard(browser, running.url, directory / "dashboard.png")
        await browser.close()
    people.cancel()
    await asyncio.gather(people, return_exceptions=True)


def afternoon_zone(now: datetime) -> str:
    """Return the time zone in which the time of day is nearest to the afternoon."""

    def distance(name: str) -> float:
        local = now.astimezone(ZoneInfo(name))
        return abs(local.hour + local.minute / 60 - AFTERNOON)

    return min(ZONES, key=distance)


async def _open(browser: Browser, url: str, **options: object) -> Page:
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        **options,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    await page.goto(url)
    return page


async def _save(page: Page, path: Path, *, full_page: bool = False) -> None:
    """Save a screenshot with few colors, which takes a third of the size."""
    shot = await page.screenshot(animations="disabled", full_page=full_page)
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(STILL_COLORS, dither=Image.Dither.NONE).save(path, optimize=True)


async def _film(page: Page, path: Path) -> None:
    """Record the screen as an animation, in the middle of which an activity arrives."""
    images = deque[Image.Image](maxlen=FRAMES)
    newest, frames_left = await page.evaluate(NEWEST), MAX_FILM_SECONDS * 1000 // FRAME_MS
    while frames_left:
        shot = asyncio.ensure_future(page.screenshot())
        await page.wait_for_timeout(FRAME_MS)
        images.append(Image.open(io.BytesIO(await shot)).convert("RGB"))
        frames_left -= 1
        if len(images) > FRAMES // 2 and await page.evaluate(NEWEST) != newest:
            newest, frames_left = await page.evaluate(NEWEST), min(frames_left, FRAMES // 2)
    small = [image.resize((WIDTH // SHRINK, HEIGHT // SHRINK)) for image in images]
    # One palette for all frames, because different palettes would flicker.
    palette = small[-1].quantize(COLORS)
    frames = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in small]
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, optimize=True
    )


async def _dashboard(browser: Browser, url: str, path: Path) -> None:
    page = await _open(browser, f"{url}admin/landing/analytics/dashboard/")
    await page.fill("[name=username]", ADMIN)
    await page.fill("[name=password]", ADMIN)
    await page.click("[type=submit]")
    await page.wait_for_timeout(2_000)
    await _save(page, path, full_page=True)


def main() -> None:
    """Start a demo, take the screenshots, and print their sizes."""
    children.end_on_signals()
    IMAGES.mkdir(exist_ok=True)
    # This machine may have no fonts for other scripts.
    accounts.NAMES[:] = [name for name in accounts.NAMES if name[0] < "\u0250"]
    environment = stage.settings(time_zone=afternoon_zone(datetime.now(UTC)))
    stage.join(environment)
    from landing.dates import utc_now
    from tests.load.demo.arrivals import plan_past
    from tests.load.demo.audience import continue_past, perform

    with Stage(free_port(), plan_past(PEOPLE, utc_now(), DAYS), environment=environment) as running:
        cast = continue_past(running.port, PEOPLE, running.past, utc_now(), Random(1))
        asyncio.run(take(running, perform(cast, inf, print), IMAGES))
    for path in sorted(IMAGES.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
