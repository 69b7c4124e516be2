// Small comforts. Every page works without this file.
"use strict";

// After a form was refused, the list of what to check gets the focus.
document.getElementById("errors")?.focus();

// The server says what is wrong in a form, but half a date never reaches it: the browser asks for the rest.
document.addEventListener("submit", (event) => {
  const half = [...event.target.elements].find((field) => field.validity?.badInput);
  if (!half) return;
  event.preventDefault();
  half.reportValidity();
});

// A form is sent once: the second press while waiting does nothing, for ten seconds (somebody may have stopped waiting).
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 10000);
  window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// A reaction is sent without leaving the page; its row of buttons comes back and the pressed one keeps the focus. When it
// is refused or does not arrive, the form itself is sent: the page that answers says what is wrong.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.reaction[form=act]");
  if (!button || !window.htmx) return;
  event.preventDefault();
  const row = button.closest(".reactions");
  const token = document.querySelector("#act [name=csrf_token]").value;
  const place = row.closest(".post");
  for (const failed of ["htmx:responseError", "htmx:sendError"]) row.addEventListener(failed, () => button.form.requestSubmit(button), { once: true });
  htmx
    .ajax("POST", button.formAction, { source: row, target: row, swap: "outerHTML", values: { csrf_token: token, [button.name]: button.value } })
    .then(() => place.querySelector(`.reactions [value="${button.value}"]`)?.focus(), () => {});
});

// A form that was refused becomes an ordinary page of the browser's history, with what was written kept beside it: who goes
// back to it, or loads it again, gets the form anew with their text, not the browser's own page about sending twice.
const texts = [...document.querySelectorAll("main form :is(textarea, input[type=text], input[type=email])[name]")];
if (document.querySelector("main .errors")) {
  history.replaceState({ written: texts.map((field) => [field.name, field.value]) }, "", location.href);
} else {
  const written = history.state?.written ?? [];
  texts.forEach((field, n) => {
    const [name, text] = written[n] ?? [];
    if (name === field.name && text.trim() && field.value === field.defaultValue) field.value = text;
  });
}

// A form that htmx sends and that is refused, or does not arrive, is sent again by the browser: the page that answers says
// what is wrong.
for (const failed of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failed, (event) => {
    if (event.target.matches?.("form[hx-post]")) HTMLFormElement.prototype.submit.call(event.target);
  });
}

// A part of a page that htmx has put in and that tells what was done gets the focus there, and is read aloud.
document.addEventListener("htmx:afterSwap", () => document.querySelector("[data-done]")?.focus());
