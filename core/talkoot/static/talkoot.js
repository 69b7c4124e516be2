// Small comforts. Every page works without this file.
"use strict";

// After a form was refused, the list of what to check gets the focus.
document.getElementById("errors")?.focus();

// A form is sent once: the second press while waiting does nothing, for ten seconds (somebody may have stopped waiting).
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 10000);
  window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// A reaction is sent without leaving the page; its row of buttons comes back and the pressed one keeps the focus.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.reaction[form=act]");
  if (!button || !window.htmx) return;
  event.preventDefault();
  const row = button.closest(".reactions");
  const token = document.querySelector("#act [name=csrf_token]").value;
  const place = row.closest(".post");
  htmx
    .ajax("POST", button.formAction, { target: row, swap: "outerHTML", values: { csrf_token: token, [button.name]: button.value } })
    .then(() => place.querySelector(`.reactions [value="${button.value}"]`)?.focus());
});
