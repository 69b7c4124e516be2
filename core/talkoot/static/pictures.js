// Pictures in a text: chosen, pasted or dropped, and a dialog that asks what is in them. Without this file the form itself
// takes them (templates/files/_add.html), whose fields these are.
"use strict";

(() => {
  const MOST_BYTES = 12_000_000; // as the server takes them; photographs are made smaller here
  const SMALL_BYTES = 600_000;
  const LONGEST_SIDE = 1920;
  const part = document.getElementById("add-picture");
  const form = part?.closest("form");
  const text = form?.elements.text;
  if (!text || !part.dataset || !window.HTMLDialogElement) return;
  const say = part.dataset;
  const { picture: input, picture_words: words, picture_decorates: decorates } = form.elements;
  const status = document.getElementById("picture-status");
  const problem = document.getElementById("picture-error");
  const make = (name, values = {}) => Object.assign(document.createElement(name), values);

  // --- the dialog, made of the part's own fields ---------------------------------------------------------------------
  const title = part.querySelector("summary").textContent;
  const opener = make("button", { type: "button", className: "quiet add-picture-open", textContent: title });
  const dialog = make("dialog", { className: "add-picture-dialog" });
  const refusal = make("p", { className: "field-error" });
  const preview = make("canvas", { hidden: true });
  const progress = make("progress", { hidden: true, max: 1 });
  const cancel = make("button", { type: "button", className: "quiet", textContent: say.cancel });
  const add = form.elements.add_picture;
  const wasOpen = part.open;
  refusal.setAttribute("role", "alert");
  progress.setAttribute("aria-label", say.uploading);
  preview.setAttribute("aria-hidden", "true");
  dialog.setAttribute("aria-labelledby", "add-picture-title");
  part.querySelector("summary").remove();
  dialog.append(make("h2", { id: "add-picture-title", textContent: title }), refusal, preview, ...part.childNodes);
  add.classList.remove("quiet");
  add.after(cancel);
  part.replaceWith(opener, progress, dialog);

  let waiting = []; // pictures that were pasted or dropped, the first of them in the dialog
  let pending = 0; // on their way to the server
  let caret = [0, 0];

  const open = (files = []) => {
    waiting.push(...files);
    problem.hidden = true;
    refusal.textContent = "";
    caret = [text.selectionStart, text.selectionEnd];
    if (!dialog.open) dialog.showModal();
    show();
    (waiting.length ? words : input).focus();
  };
  const chosen = () => waiting[0] ?? input.files[0];
  const show = async () => {
    preview.hidden = true;
    input.closest(".field").hidden = waiting.length > 0;
    try {
      const image = await createImageBitmap(chosen(), { resizeHeight: 240 });
      Object.assign(preview, { width: image.width, height: image.height, hidden: false });
      preview.getContext("2d").drawImage(image, 0, 0);
    } catch {} // it cannot be shown here; the server will say what it is
  };
  const refuse = (sentence, field) => {
    refusal.textContent = sentence;
    field.focus();
  };
  const forget = () => {
    waiting.shift();
    input.value = words.value = "";
    decorates.checked = false;
  };

  // --- into the text -------------------------------------------------------------------------------------------------
  const insert = (mark) => {
    const before = text.value.slice(0, caret[0]).trimEnd();
    text.setRangeText(`${before && "\n\n"}${mark}\n\n`, before.length, caret[1], "end");
  };
  const replace = (mark, words) => {
    const at = text.value.indexOf(mark);
    if (at >= 0) text.setRangeText(words, at, at + mark.length, "preserve");
    else if (words) text.value += `\n\n${words}`; // somebody has deleted the mark meanwhile, or half of it
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // Photographs are made smaller before they travel: the net of a village is slow upwards, and the server keeps no more.
  const smaller = async (file) => {
    if (file.type !== "image/jpeg" || file.size < SMALL_BYTES) return file;
    try {
      const image = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
      const canvas = make("canvas", { width: image.width * scale, height: image.height * scale });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return await new Promise((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", 0.9));
    } catch {
      return file;
    }
  };
  const formOf = () => {
    const data = new FormData();
    data.append("csrf_token", form.elements.csrf_token.value);
    data.append("submission", window.crypto.randomUUID?.() ?? "");
    data.append("picture_words", words.value);
    if (decorates.checked) data.append("picture_decorates", "1");
    return data;
  };
  const send = (data) =>
    new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      request.open("POST", say.address);
      request.responseType = "json";
      request.timeout = 120_000;
      request.upload.onprogress = (event) => (progress.value = event.loaded / event.total);
      request.onload = () => {
        if (request.status === 200 && request.response?.text) return done(request.response.text);
        fail(request.response?.error ?? { 401: say.left, 413: say.large }[request.status] ?? say.failed);
      };
      request.onerror = request.ontimeout = () => fail(say.failed);
      request.send(data);
    });
  const upload = async (file, data) => {
    const small = await smaller(file);
    if (small.size > MOST_BYTES) throw say.large;
    data.append("picture", small);
    return send(data);
  };
  const put = async () => {
    const file = chosen();
    if (!file) return refuse(say.choose, input);
    if (!decorates.checked && !words.value.trim()) return refuse(say.tell, words);
    const mark = `[${say.uploading} ${file.name || "…"}]`;
    const sent = upload(file, formOf());
    const kept = [words.value, decorates.checked];
    insert(mark);
    forget();
    pending += 1;
    progress.hidden = false;
    progress.value = 0;
    status.textContent = say.uploading;
    if (waiting.length) show().then(() => words.focus());
    else dialog.close();
    try {
      replace(mark, await sent);
      status.textContent = say.added;
    } catch (sentence) {
      replace(mark, "");
      [words.value, decorates.checked] = kept; // what was told of it need not be written again
      status.textContent = "";
      problem.textContent = sentence;
      problem.hidden = false;
    }
    pending -= 1;
    progress.hidden = pending === 0;
  };

  opener.addEventListener("click", () => open());
  input.addEventListener("change", show);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    waiting = [];
    text.focus();
  });
  add.addEventListener("click", (event) => {
    event.preventDefault();
    put();
  });
  form.addEventListener("submit", (event) => {
    if (!pending) return;
    event.preventDefault();
    problem.textContent = say.wait;
    problem.hidden = false;
  });

  // --- paste and drop ------------------------------------------------------------------------------------------------
  const pictures = (data) => [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
  text.addEventListener("paste", (event) => {
    const found = pictures(event.clipboardData);
    if (!found.length || event.clipboardData.getData("text/plain")) return; // word processors give a picture of the text too
    event.preventDefault();
    open(found);
  });
  text.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  text.addEventListener("drop", (event) => {
    const found = pictures(event.dataTransfer);
    if (!found.length) return;
    event.preventDefault();
    open(found);
  });
  if (wasOpen) open();
})();
