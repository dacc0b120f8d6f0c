/** Starts Swagger UI in the documentation of the API. */
const { schema, csrfHeader, csrfToken } = document.getElementById("swagger-ui").dataset;

SwaggerUIBundle({
  url: schema,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  /** "Try it out" with a session needs the CSRF token, which no other site may get. */
  requestInterceptor(request) {
    const isOwn = new URL(request.url, location.href).origin === location.origin;
    if (isOwn && (request.method ?? "GET") !== "GET") request.headers[csrfHeader] = csrfToken;
    return request;
  },
});
