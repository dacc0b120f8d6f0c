"""Draw the pictures that must be bitmaps: ``python -m scripts.draw_pictures``.

The link preview has no count and no text: a count would be outdated, and a text would need a
translation. The pictures have a palette, which the site changes to the color of the brand.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.services import programs

STATIC = Path(__file__).resolve().parent.parent / "static" / "live_user_counter"

PAPER, NIGHT, MINT = "#f5f5f0", "#0a2419", "#4fe3a6"
WIDTH, HEIGHT, STEP = 1200, 630, 42


def social() -> str:
    """Return the link preview: a grid of people, more of them lit near the center."""
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">
      <defs>
        <path id="person" d="M0-11a5 5 0 1 1 0 10 5 5 0 1 1 0-10M-9 11C-9 3-5 1 0 1S9 3 9 11z"/>
      </defs>
      <rect width="100%" height="100%" fill="{NIGHT}"/>
      {"".join(rings())}
      {"".join(people())}
    </svg>"""


def rings() -> Iterator[str]:
    """Yield flat rings. A gradient would need more colors and ten times the bytes."""
    for radius in (620, 500, 390, 290, 200, 120):
        yield f'<circle cx="600" cy="315" r="{radius}" fill="{MINT}" opacity=".07"/>'


def people() -> Iterator[str]:
    """Yield one icon per grid cell."""
    for column in range(WIDTH // STEP + 1):
        for row in range(HEIGHT // STEP + 1):
            x, y = column * STEP + 12, row * STEP + 21
            distance = math.hypot((x - WIDTH / 2) / WIDTH, (y - HEIGHT / 2) / HEIGHT) * 2
            # Pseudorandom, but the same in each run.
            chance = (column * 73_856_093 ^ row * 19_349_663) % 1_009 / 1_009
            lit = chance > 0.12 + 1.1 * distance
            look = f'fill="{MINT}"' if lit else 'fill="#fff" opacity=".1"'
            yield f'<use href="#person" x="{x}" y="{y}" {look}/>'


def touch_icon() -> str:
    """Return the favicon on an opaque background. Phones round the corners."""
    icon = (STATIC / "favicon.svg").read_text()
    return icon.replace("><", f'><rect width="32" height="32" fill="{PAPER}"/><', 1)


def save(screenshot: bytes, path: Path) -> None:
    """Save a picture with 256 colors. The difference is too small to be seen."""
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Render the SVG drawings in Chromium and save the screenshots as PNG files."""
    chromium = programs.chromium()
    if chromium is None:
        raise SystemExit("Chromium is missing: run python -m tests.services.browser")
    programs.lend_node_to_playwright()
    drawings = {"social.png": (social(), WIDTH, HEIGHT), "touch-icon.png": (touch_icon(), 180, 180)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox"]
        )
        for name, (svg, width, height) in drawings.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
            save(page.screenshot(), STATIC / name)
        browser.close()


if __name__ == "__main__":
    main()
