/** Sends the secret of a shared link, which is the part behind "#" that servers never receive. */
const secret = /^#([A-Za-z0-9]{32})$/.exec(location.hash)?.[1];
// The secret stays neither in the address bar nor in the history.
if (secret) history.replaceState(null, "", location.pathname + location.search);
const form = document.querySelector("form[data-luc-shared-link]");
if (secret && form instanceof HTMLFormElement) {
  form.action = location.pathname + location.search;
  form.elements.namedItem("secret").value = secret;
  form.submit();
}
