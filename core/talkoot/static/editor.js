// The editor: buttons that write Markdown, and a preview in place. What else it can do has files of its own, which come after
// this one: mentions.js, drafts.js, quoting.js. Without any of them there is a textarea with the form's own buttons, and
// everything can be done with it.
"use strict";

const TalkootEditor = (() => {
  // execCommand is old, but nothing else writes into a textarea so that the browser's own undo takes it back again;
  // setRangeText forgets what could be undone.
  function type(area, text) {
    area.focus();
    const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (!done) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function replace(area, start, end, text) {
    area.focus();
    area.setSelectionRange(start, end);
    type(area, text);
  }

  // --- the buttons --------------------------------------------------------------------------------------------------

  // Signs around what is selected; pressed once more they are taken away again.
  function around(area, sign) {
    const { selectionStart: start, selectionEnd: end, value } = area;
    const inside = value.slice(start, end);
    if (value.slice(start - sign.length, start) === sign && value.slice(end, end + sign.length) === sign) {
      replace(area, start - sign.length, end + sign.length, inside);
      area.setSelectionRange(start - sign.length, end - sign.length);
      return;
    }
    const [, before, words, after] = inside.match(/^(\s*)([^]*?)(\s*)$/);
    replace(area, start, end, before + sign + words + sign + after);
    const first = start + before.length + sign.length;
    area.setSelectionRange(first, first + words.length);
  }

  // A sign before each of the lines that are selected, or off them when all have it.
  function lines(area, sign) {
    const { value } = area;
    const start = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const next = value.indexOf("\n", area.selectionEnd);
    const end = next < 0 ? value.length : next;
    const chosen = value.slice(start, end).split("\n");
    const all = chosen.every((line) => line.startsWith(sign));
    const changed = chosen.map((line) => (all ? line.slice(sign.length) : sign + line)).join("\n");
    const above = !all && start > 1 && value[start - 2] !== "\n" ? "\n" : ""; // else the paragraph above would go on
    replace(area, start, end, above + changed);
    if (chosen.length > 1) area.setSelectionRange(start + above.length, start + above.length + changed.length);
  }

  function link(area) {
    const { selectionStart: start, selectionEnd: end } = area;
    const words = area.value.slice(start, end);
    const isAddress = /^(https?:\/\/|www\.)\S+$/.test(words);
    replace(area, start, end, isAddress ? `[](${words})` : `[${words}](https://)`);
    const to = isAddress || !words ? start + 1 : start + words.length + 3;
    area.setSelectionRange(to, isAddress || !words ? to : to + 8);
  }

  const ACTS = {
    bold: (area) => around(area, "**"),
    italic: (area) => around(area, "*"),
    heading: (area) => lines(area, "## "),
    list: (area) => lines(area, "- "),
    quote: (area) => lines(area, "> "),
    link,
  };
  const KEYS = { b: "bold", i: "italic", k: "link" };

  function tools(field, area) {
    const bar = field.querySelector("[role=toolbar]");
    const buttons = () => [...bar.querySelectorAll("button")];
    const goTo = (chosen) => buttons().forEach((button) => (button.tabIndex = button === chosen ? 0 : -1));
    bar.hidden = false;
    goTo(buttons()[0]);
    // A text that was begun earlier is gone on with at its end: browsers begin above it.
    if (document.activeElement !== area) area.setSelectionRange(area.value.length, area.value.length);
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      goTo(button);
      ACTS[button.dataset.act]?.(area);
    });
    bar.addEventListener("focusin", (event) => goTo(event.target.closest("button")));
    bar.addEventListener("keydown", (event) => {
      const all = buttons();
      const forward = getComputedStyle(bar).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
      const step = event.key === forward ? 1 : event.key === "ArrowRight" || event.key === "ArrowLeft" ? -1 : 0;
      const here = all.indexOf(event.target.closest("button"));
      const to = { Home: 0, End: all.length - 1 }[event.key] ?? (step && (here + step + all.length) % all.length);
      if (!step && event.key !== "Home" && event.key !== "End") return;
      event.preventDefault();
      all[to].focus();
    });
    // A button pressed by mouse or finger leaves the selection, and the keyboard of a phone, where they are.
    bar.addEventListener("pointerdown", (event) => event.target.closest("[data-act]") && event.preventDefault());
    area.addEventListener("keydown", (event) => {
      const act = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && KEYS[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      ACTS[act](area);
    });
  }

  // --- the server ---------------------------------------------------------------------------------------------------

  function ask(address, form, more = {}, options = {}) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    return fetch(address, { method: "POST", body, headers: { "HX-Request": "true" }, ...options });
  }

  function preview(field, form, root) {
    const place = field.querySelector(".preview-place");
    form.addEventListener("click", async (event) => {
      const button = event.target.closest("button[name=preview]");
      if (!button) return;
      event.preventDefault();
      form.querySelectorAll(":scope > .preview").forEach((old) => old.remove()); // of the page that the server made
      try {
        const answer = await ask(`${root}/preview`, form);
        if (!answer.ok && answer.status !== 422) throw answer;
        place.innerHTML = await answer.text();
      } catch {
        place.textContent = place.dataset.failed;
      }
      place.scrollIntoView({ block: "nearest" });
    });
  }

  // Begin something in every editor whose text becomes a post: it has the address of its site.
  function each(begin) {
    for (const field of document.querySelectorAll(".editor[data-root]")) {
      const area = field.querySelector("textarea");
      begin(field, area, area.form, field.dataset.root);
    }
  }

  for (const field of document.querySelectorAll(".editor")) tools(field, field.querySelector("textarea"));
  each((field, _area, form, root) => preview(field, form, root));

  return { ask, each, replace };
})();
