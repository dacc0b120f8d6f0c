"""The colors that a page paints, in whatever form its style sheets write them."""

from __future__ import annotations

from tests.e2e.visitors import Tab

#: Returns colors as #rrggbb, without their alpha: those of all elements, or that of one value.
PAINTED = r"""([value, selector]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const convert = (given) => {
    const color = given.replace(/ \/ [\d.]+\)$/, ")").replace(/^rgba\((.*), [\d.]+\)$/, "rgb($1)");
    if (!known.has(color)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
      const hex = [red, green, blue].map((each) => each.toString(16).padStart(2, "0")).join("");
      known.set(color, `#${hex}`);
    }
    return known.get(color);
  };
  if (value) {
    const probe = document.createElement("i");
    probe.style.color = value;
    document.querySelector(selector).append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return [convert(color)];
  }
  const properties = ["color", "background-color", "background-image", "border-top-color",
    "border-inline-start-color", "outline-color", "box-shadow", "fill", "stroke", "stop-color",
    "text-decoration-color", "caret-color"];
  const found = [...document.querySelectorAll("*")].flatMap((element) =>
    [null, "::before", "::after"].flatMap((part) => {
      const style = getComputedStyle(element, part);
      if (part && style.content === "none") return [];
      return properties.flatMap((name) =>
        style.getPropertyValue(name).match(/(?:rgba?|oklch|oklab|color)\([^()]*\)/g) ?? []);
    }));
  return [...new Set(found.map(convert))];
}"""


def painted_colors(tab: Tab, value: str = "", selector: str = "html") -> list[str]:
    """Return all colors of the page, or the color of a CSS value inside of an element."""
    colors: list[str] = tab.page.evaluate(PAINTED, [value, selector])
    return colors
