// Receives what tells of notices, shows it, and leads to the page when it is pressed. Keeps nothing and answers no requests.
// A subscription that the browser changes (pushsubscriptionchange) is renewed by push.js on the member's next page: telling
// the site of it needs a token, which forms on pages have.
"use strict";

addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const { title = location.host, body, lang, dir, tag, path = "my/notices/" } = told;
  event.waitUntil(registration.showNotification(title, { body, lang, dir, tag, data: path }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const page = new URL(event.notification.data, registration.scope).href;
  if (page.startsWith(registration.scope)) event.waitUntil(clients.openWindow(page));
});
