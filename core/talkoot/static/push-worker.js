// Receives what tells of notices, shows it, and leads to the page when it is pressed. Keeps nothing and answers no requests.
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
