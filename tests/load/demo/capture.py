"""``python -m tests.load.demo.capture``: the pictures of the README, taken of a running demo.

Owns what is in them. Each run makes them anew, from the page as it is.
"""

from __future__ import annotations

import asyncio
import io
import random
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.load.demo.stage import ADMIN, Stage
from tests.services import programs
from tests.services.ports import free_port
from tests.services.site import ROOT

IMAGES = ROOT / "docs" / "images"
PEOPLE = 48
#: Until the audience is nearly complete and somebody has signed up.
WARM_UP_SECONDS = 25
WIDTH, HEIGHT = 1280, 800
#: Of the moving picture: small enough for a README, slow enough to follow.
FRAMES, FRAME_MS, SHRINK, COLOURS = 60, 125, 2, 64


async def take(stage: Stage, directory: Path) -> None:
    """All of them."""
    from tests.load.demo import audience

    # The machine that takes the pictures may have no fonts for the others.
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
    """What is on the screen for a few seconds, as one picture that moves."""
    images = []
    for _ in range(FRAMES):
        shot = asyncio.ensure_future(page.screenshot())
        await page.wait_for_timeout(FRAME_MS)
        images.append(Image.open(io.BytesIO(await shot)).convert("RGB"))
    small = [image.resize((WIDTH // SHRINK, HEIGHT // SHRINK)) for image in images]
    # One palette for all: colours that change from frame to frame would flicker.
    palette = small[0].quantize(COLOURS)
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
    IMAGES.mkdir(exist_ok=True)
    random.seed(1)
    with Stage(free_port()) as stage:
        stage.join()
        asyncio.run(take(stage, IMAGES))
    for path in sorted(IMAGES.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
