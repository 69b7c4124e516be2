// Notices on this device: the button that asks the browser for them, and the mark at this device in the list. Without this
// file, or where the browser cannot do it, the list and its buttons remain.
"use strict";

(() => {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const script = new URL(document.currentScript.dataset.worker, location.href);
  const own = new URL("./", script).href;
  const TOLD = `talkoot-push ${own}`; // the address of this browser that the site was told last
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const present = async () => (await navigator.serviceWorker.getRegistration(own))?.pushManager.getSubscription();

  const subscribed = async (key) => {
    const registration = await navigator.serviceWorker.register(script, { scope: own });
    const before = await registration.pushManager.getSubscription();
    if (before && text(before.options.applicationServerKey) === key) return before;
    await before?.unsubscribe(); // it was made for another key, which nothing is sent with any more
    await navigator.serviceWorker.ready;
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  };

  const fill = (form, made) => {
    form.elements.endpoint.value = made.endpoint;
    form.elements.p256dh.value = text(made.getKey("p256dh"));
    form.elements.auth.value = text(made.getKey("auth"));
  };

  const rowOf = (part, endpoint) => [...part.querySelectorAll("[data-endpoint]")].find((one) => one.dataset.endpoint === endpoint);

  // A browser may take a subscription back or change its address. It tells the worker (pushsubscriptionchange), but what
  // the worker would have to send is a form with a token, which stands on a page and not in a worker. So it is done here, on
  // the member's next page: the page of mail is fetched, and its forms are sent as they would be by hand. Only when the
  // browser's earlier address is still among this member's: whoever else signs in here has not asked to be told.
  const renew = async () => {
    const told = localStorage.getItem(TOLD);
    if (!told || Notification.permission !== "granted") return;
    const before = await present();
    if (before?.endpoint === told) return;
    const answer = await fetch(new URL("my/mail", own));
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("devices");
    if (!part) return; // signed out meanwhile: another time
    const row = rowOf(part, told);
    if (!row) return localStorage.removeItem(TOLD);
    const made = await subscribed(part.dataset.key);
    const add = part.querySelector("#add-device");
    fill(add, made);
    for (const form of [add, row.querySelector("form")]) {
      const sent = await fetch(new URL(form.getAttribute("action"), own), { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!sent.ok) return;
      localStorage.setItem(TOLD, made.endpoint);
    }
  };

  const part = document.getElementById("devices");
  const add = document.getElementById("add-device");
  if (!add) return void renew().catch(() => {});

  const say = (what) => {
    for (const sentence of part.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== what;
  };

  add.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = add.querySelector("button");
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") return say("denied");
      const made = await subscribed(part.dataset.key);
      fill(add, made);
      HTMLFormElement.prototype.submit.call(add);
    } catch {
      say("failed");
    } finally {
      button.disabled = false;
    }
  });

  const begin = async () => {
    const found = await present();
    const row = rowOf(part, found?.endpoint);
    say("");
    if (!row) return void (add.hidden = false);
    localStorage.setItem(TOLD, found.endpoint);
    row.querySelector(".chip").hidden = false;
    const remove = row.querySelector("form");
    remove.addEventListener("submit", async (event) => {
      event.preventDefault();
      await found.unsubscribe().catch(() => {});
      localStorage.removeItem(TOLD);
      HTMLFormElement.prototype.submit.call(remove);
    });
  };
  begin().catch(() => {});
})();
