/** Loads HTML as a document, under any Content Security Policy of the site. */

const TIMEOUT_MS = 10_000;

/**
 * `XMLHttpRequest` parses HTML itself. `innerHTML` and `DOMParser` would need a policy of Trusted
 * Types, which a site can forbid.
 *
 * @param {string} url
 * @returns {Promise<Document|null>} null on failure, while figures are read, and on a redirect, such
 *     as to the sign-in page
 */
export function loadDocument(url) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = TIMEOUT_MS;
    request.onloadend = () => {
      const isRedirected = request.responseURL !== new URL(url, document.baseURI).href;
      resolve(request.status === 200 && !isRedirected ? request.response : null);
    };
    request.send();
  });
}
