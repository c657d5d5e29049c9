// Draws the description of /api. Its own file: the page's policy lets no script run that stands in the page.
"use strict";
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    validatorUrl: null, // it would tell another site where this one is
    persistAuthorization: false,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    requestInterceptor: (request) => {
      request.headers["X-LastSeen"] = "1"; // says that our own page asks
      return request;
    },
  });
});
