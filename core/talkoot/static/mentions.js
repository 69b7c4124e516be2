// Whom an @ means: a list of members below the line that is being written. After editor.js.
"use strict";

(() => {
  const { each, replace } = TalkootEditor;

  const CALLED = /(?:^|[\s([{"'“”„‘«»*_~>–—,;|-])@([\p{L}\p{N}][^\n@]{0,59})$/u;

  function mentions(field, area, root) {
    const list = field.querySelector(".people-found");
    const said = field.querySelector("[data-found]");
    let waiting, asking, chosen, nobody;

    const isOpen = () => !list.hidden;
    const called = () => (area.selectionStart === area.selectionEnd && area.value.slice(0, area.selectionStart).match(CALLED)?.[1]) || "";

    function close() {
      clearTimeout(waiting);
      asking?.abort();
      list.hidden = true;
      list.replaceChildren();
      area.removeAttribute("aria-activedescendant");
      said.textContent = "";
    }

    function choose(n) {
      const options = [...list.children];
      chosen = (n + options.length) % options.length;
      options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
      area.setAttribute("aria-activedescendant", options[chosen].id);
      options[chosen].scrollIntoView({ block: "nearest" });
    }

    function take(option) {
      const begun = called();
      const name = option.dataset.name;
      close();
      if (begun) replace(area, area.selectionStart - begun.length, area.selectionStart, `${name} `);
    }

    function show(answer, text) {
      if (text !== called()) return;
      const people = answer.people;
      if (!people.length) nobody = text;
      if (!people.length || (people.length === 1 && people[0].name === text)) return close();
      list.replaceChildren(
        ...people.map((person, n) => {
          const option = document.createElement("li");
          option.id = `${list.id}-${n}`;
          option.setAttribute("role", "option");
          option.dataset.name = person.name;
          const name = document.createElement("bdi");
          name.textContent = person.name;
          option.append(name);
          if (person.about) {
            const about = document.createElement("span");
            about.className = "meta";
            about.textContent = ` ${person.about}`;
            option.append(about);
          }
          return option;
        }),
      );
      list.hidden = false;
      list.style.insetBlockStart = `${lineOf(area) + area.offsetTop}px`;
      said.textContent = answer.said;
      choose(0);
    }

    function look() {
      const text = called();
      if (text.replace(/[^\p{L}\p{N}]/gu, "").length < 2 || text.split(/\s+/).length > 5 || (nobody && text.startsWith(nobody))) return close();
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        asking?.abort();
        asking = new AbortController();
        try {
          const answer = await fetch(`${root}/mentions?q=${encodeURIComponent(text)}`, { signal: asking.signal });
          if (answer.ok && answer.headers.get("Content-Type").includes("json")) show(await answer.json(), text);
        } catch {} // a later letter has asked anew, or the net is away: the name can be written out
      }, 150);
    }

    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", list.id);
    area.addEventListener("input", look);
    area.addEventListener("blur", () => setTimeout(close, 150));
    area.addEventListener("keydown", (event) => {
      if (!isOpen() || event.isComposing) return;
      const { key } = event;
      if (key === "ArrowDown" || key === "ArrowUp") choose(chosen + (key === "ArrowDown" ? 1 : -1));
      else if (key === "Enter" || key === "Tab") take(list.children[chosen]);
      else if (key === "Escape") close();
      else if (key === "ArrowLeft" || key === "ArrowRight" || key === "Home" || key === "End") return close();
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    });
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
  }

  // How far below the top of the textarea the line of the caret ends: measured in a copy, as a textarea does not tell.
  function lineOf(area) {
    const copy = document.createElement("div");
    const style = getComputedStyle(area);
    for (const name of ["font", "letterSpacing", "padding", "border", "boxSizing", "width", "lineHeight", "direction"]) copy.style[name] = style[name];
    Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word" });
    const caret = document.createElement("span");
    caret.textContent = "|";
    copy.append(area.value.slice(0, area.selectionStart), caret);
    document.body.append(copy);
    const bottom = caret.offsetTop + caret.offsetHeight - area.scrollTop;
    copy.remove();
    return Math.min(Math.max(bottom, 0), area.offsetHeight) + 4;
  }

  each((field, area, _form, root) => mentions(field, area, root));
})();
