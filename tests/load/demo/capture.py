"""Take the screenshots of the README from a running demo: ``make capture``.

This module owns their content. Each run replaces all of them.
"""

from __future__ import annotations

import asyncio
import io
import random
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.load.demo.stage import ADMIN, Stage
from tests.services import children, programs
from tests.services.ports import free_port
from tests.services.site import ROOT

IMAGES = ROOT / "docs" / "images"
PEOPLE = 48
#: Time until the audience is nearly complete and a person has signed up.
WARM_UP_SECONDS = 25
WIDTH, HEIGHT = 1280, 800
#: The animation: small enough for a README, and slow enough to follow.
FRAMES, FRAME_MS, SHRINK, COLORS = 60, 125, 2, 64


async def take(stage: Stage, directory: Path) -> None:
    """Take all screenshots."""
    from tests.load.demo import audience

    # This machine may have no fonts for other scripts.
    audience.NAMES[:] = [name for name in audience.NAMES if name[0] < "\u0250"]
    people = asyncio.create_task(audience.perform(stage.port, PEOPLE, 600, print))
    programs.lend_node_to_playwright()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=programs.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await _open(browser, stage.url)
        await page.wait_for_timeout(WARM_UP_SECONDS * 1000)
        await page.screenshot(path=directory / "page.png", animations="disabled")
        await _film(page, directory / "live.gif")
        dark = await _open(browser, stage.url, color_scheme="dark")
        await dark.wait_for_timeout(2_000)
        await dark.screenshot(path=directory / "page-dark.png", animations="disabled")
        await _dashboard(browser, stage.url, directory / "dashboard.png")
        await browser.close()
    people.cancel()
    await asyncio.gather(people, return_exceptions=True)


async def _open(browser: Browser, url: str, **options: object) -> Page:
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        **options,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    await page.goto(url)
    return page


async def _film(page: Page, path: Path) -> None:
    """Record the screen for a few seconds as an animation."""
    images = []
    for _ in range(FRAMES):
        shot = asyncio.ensure_future(page.screenshot())
        await page.wait_for_timeout(FRAME_MS)
        images.append(Image.open(io.BytesIO(await shot)).convert("RGB"))
    small = [image.resize((WIDTH // SHRINK, HEIGHT // SHRINK)) for image in images]
    # One palette for all frames, because different palettes would flicker.
    palette = small[0].quantize(COLORS)
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
    await page.screenshot(path=path, full_page=True)


def main() -> None:
    """Start a demo, take the screenshots, and print their sizes."""
    children.end_on_signals()
    IMAGES.mkdir(exist_ok=True)
    random.seed(1)
    with Stage(free_port()) as stage:
        stage.join()
        asyncio.run(take(stage, IMAGES))
    for path in sorted(IMAGES.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
