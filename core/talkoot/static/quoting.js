// Words of a post that are selected are quoted in the form below. After editor.js.
"use strict";

(() => {
  const { each, replace } = TalkootEditor;

  function quoting(form, area) {
    const float = document.createElement("button");
    float.type = "button";
    float.className = "quote-selection small";
    float.hidden = true;
    let held;

    // The words selected within one post that can be quoted, and its link that quotes.
    function selected() {
      const selection = document.getSelection();
      if (!selection.rangeCount || selection.isCollapsed) return null;
      const range = selection.getRangeAt(0);
      const inside = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(".post .prose");
      const prose = inside(range.startContainer);
      const quote = prose?.closest(".post").querySelector('.post-acts a[href*="/reply?quote="]');
      const words = selection.toString().trim();
      // A whole paragraph selected by three presses ends at the beginning of what follows.
      if (!quote || !words || !prose.contains(range.commonAncestorContainer) && inside(range.endContainer) && inside(range.endContainer) !== prose) return null;
      return { words, quote, prose, range };
    }

    function put({ words, quote }) {
      const cited = words.replace(/\n{3,}/g, "\n\n").split("\n").map((line) => `> ${line.trim()}`.trimEnd()).join("\n");
      const before = area.value.trim() ? (area.value.endsWith("\n\n") ? "" : area.value.endsWith("\n") ? "\n" : "\n\n") : "";
      let field = form.elements.namedItem("quote");
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name: "quote" });
        form.prepend(field);
      }
      field.value = new URL(quote.href).searchParams.get("quote");
      replace(area, area.value.length, area.value.length, `${before}${cited}\n\n`);
      area.scrollIntoView({ block: "center" });
      float.hidden = true;
      held = null;
    }

    document.addEventListener("selectionchange", () => {
      const found = document.activeElement === float ? held : selected();
      held = found;
      float.hidden = !found;
      if (!found) return;
      float.textContent = found.quote.textContent;
      if (float.previousElementSibling !== found.prose) found.prose.after(float); // Tab leads from the words to the button
      const words = found.range.getBoundingClientRect();
      const post = found.prose.closest(".post").getBoundingClientRect();
      float.style.insetBlockStart = `${words.bottom - post.top + 6}px`;
      float.style.left = `${Math.max(8, Math.min(words.left - post.left, post.width - float.offsetWidth - 8))}px`;
    });
    float.addEventListener("pointerdown", (event) => event.preventDefault());
    float.addEventListener("click", () => held && put(held));
    document.addEventListener("mousedown", (event) => {
      if (held && event.target.closest?.('a[href*="/reply?quote="]') === held.quote) event.preventDefault(); // keeps the selection
    });
    document.addEventListener("click", (event) => {
      const quote = event.target.closest?.('a[href*="/reply?quote="]');
      if (!quote || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const found = held ?? selected();
      if (found?.quote !== quote) return;
      event.preventDefault();
      put(found);
    });
  }

  each((_field, area, form) => {
    if (document.querySelector(".posts")) quoting(form, area);
  });
})();
