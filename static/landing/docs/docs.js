/** Starts Swagger UI in the documentation of the API, and corrects its markup for screen readers. */
const root = document.getElementById("swagger-ui");
const { schema, csrfHeader, csrfToken } = root.dataset;

/** Without the link inside of each button: a button must not contain another control. */
const plainNames = () => ({
  wrapComponents: {
    DeepLink:
      (original, { React }) =>
      ({ text }) =>
        React.createElement("span", null, text),
  },
});

/** Corrections of the markup by selector. A corrected element matches no longer. */
const corrections = {
  /** Below the heading of the page, a level is missing. */
  ":is(h3, h4, h5):not([aria-level])": (heading) =>
    heading.setAttribute("aria-level", String(Number(heading.localName[1]) - 1)),
  /** A region has no rows. */
  "table[role=region]": (table) => table.removeAttribute("role"),
  ".examples-select-element:not([aria-label])": (select) => select.setAttribute("aria-label", "Example"),
  ".close-modal:not([aria-label])": (button) => button.setAttribute("aria-label", "Close"),
  ".modal-ux:not([role])": (modal) => name(modal, "dialog", "Authorization"),
  ".information-container:not([role])": (about) => name(about, "region", "About the API"),
  /** Without a mouse, only an element with the focus can be scrolled. */
  "pre.microlight:not([tabindex])": (code) => code.setAttribute("tabindex", "0"),
};

function name(element, role, label) {
  element.setAttribute("role", role);
  element.setAttribute("aria-label", label);
}

function correctMarkup() {
  for (const [selector, correct] of Object.entries(corrections)) {
    for (const element of root.querySelectorAll(selector)) correct(element);
  }
}

new MutationObserver(correctMarkup).observe(root, { childList: true, subtree: true });
SwaggerUIBundle({
  url: schema,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [plainNames],
  layout: "BaseLayout",
  deepLinking: true,
  /** "Try it out" with a session needs the CSRF token, which no other site may get. */
  requestInterceptor(request) {
    const isOwn = new URL(request.url, location.href).origin === location.origin;
    if (isOwn && (request.method ?? "GET") !== "GET") request.headers[csrfHeader] = csrfToken;
    return request;
  },
});
