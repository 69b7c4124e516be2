// The draft of a form, kept on the server while somebody writes. After editor.js.
"use strict";

(() => {
  const { ask, each, replace } = TalkootEditor;

  function drafts(field, form, area, root) {
    const seen = field.querySelector("[name=draft]");
    const state = field.querySelector(".draft-state");
    const newer = field.querySelector(".draft-newer");
    let waiting, saving, seq = 0, dirty = false, leaving = false, other;

    const next = () => (seq = Math.max(seq + 1, Date.now()));

    async function save(options) {
      clearTimeout(waiting);
      if (!dirty || other || leaving) return;
      dirty = false;
      try {
        const answer = await ask(`${root}/drafts`, form, { seq: next() }, options);
        if (answer.status !== 409 && !answer.ok) throw answer;
        told(await answer.json(), answer.status === 409);
      } catch {
        dirty = true;
        state.textContent = state.dataset.unsaved;
        later(15000);
      }
    }

    function told(answer, isOther) {
      if (!isOther || answer.text.trim() === area.value.trim()) {
        seen.value = answer.draft;
        if (isOther) return;
        state.textContent = answer.said;
        field.querySelector(".draft-opened")?.remove(); // which says when it was saved before
        return;
      }
      other = answer;
      newer.hidden = false;
    }

    // One after the other: what is typed while one is on its way is saved after it.
    function later(wait = 1200) {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        saving = (saving ?? Promise.resolve()).then(() => save());
      }, wait);
    }

    newer.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || !other) return;
      seen.value = other.draft;
      if ("use" in button.dataset) {
        replace(area, 0, area.value.length, other.text); // undone, one's own comes back
        for (const [name, value] of Object.entries(other.fields)) {
          const chosen = value.split(" ");
          for (const field of form.elements) {
            if (field.name !== name) continue;
            if (["checkbox", "radio"].includes(field.type)) field.checked = chosen.includes(field.value);
            else field.value = value;
          }
        }
      }
      other = undefined;
      newer.hidden = true;
      area.focus();
      dirty = true;
      later();
    });
    form.addEventListener("input", () => {
      dirty = true;
      later();
    });
    // What is on its way is waited for: a draft that arrives after its post would be there again.
    form.addEventListener("submit", (event) => {
      clearTimeout(waiting);
      leaving = true;
      window.addEventListener("pageshow", () => (leaving = false), { once: true });
      if (!saving || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      const submitter = event.submitter;
      const done = saving;
      saving = undefined;
      // In a task of its own: while the form is still being submitted, it cannot be submitted.
      Promise.race([done, new Promise((go) => setTimeout(go, 3000))]).then(() => setTimeout(() => form.requestSubmit(submitter)));
    });
    window.addEventListener("pagehide", () => save({ keepalive: true }));
    form.querySelectorAll("[data-plain]").forEach((button) => (button.hidden = true));
    if (area.value !== area.defaultValue) { // the browser has put back what was written before the page was loaded anew
      dirty = true;
      later();
    }
  }

  each((field, area, form, root) => {
    if (form.elements.namedItem("draft")) drafts(field, form, area, root);
  });
})();
