// Small comforts. Every page works without this file.
"use strict";

// After a form was refused, the list of what to check gets the focus.
document.getElementById("errors")?.focus();

// A form is sent once: the second press while waiting does nothing.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// After a reaction the button that replaced the pressed one keeps the focus.
document.addEventListener("htmx:afterSwap", (event) => {
  const kind = event.detail.requestConfig?.elt?.querySelector?.("[name=kind]")?.value;
  if (kind) document.getElementById(event.detail.target.id)?.querySelector(`input[value="${kind}"] ~ button`)?.focus();
});
