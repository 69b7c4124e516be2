// Notices on this device: the button that asks the browser for them, and the mark at this device in the list. Without this
// file, or where the browser cannot do it, the list and its buttons remain.
"use strict";

(() => {
  const part = document.getElementById("devices");
  const add = document.getElementById("add-device");
  if (!add || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const own = new URL("./", new URL(part.dataset.worker, location.href)).href;
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const key = bytes(part.dataset.key);

  const receiver = async () => (await navigator.serviceWorker.getRegistration(own))?.pushManager.getSubscription();
  const say = (what) => {
    for (const sentence of part.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== what;
  };

  const subscribed = async () => {
    const registration = await navigator.serviceWorker.register(part.dataset.worker, { scope: own });
    const before = await registration.pushManager.getSubscription();
    if (before && text(before.options.applicationServerKey) === part.dataset.key) return before;
    await before?.unsubscribe(); // it was made for another key, which nothing is sent with any more
    await navigator.serviceWorker.ready;
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  };

  add.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = add.querySelector("button");
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") return say("denied");
      const made = await subscribed();
      add.elements.endpoint.value = made.endpoint;
      add.elements.p256dh.value = text(made.getKey("p256dh"));
      add.elements.auth.value = text(made.getKey("auth"));
      HTMLFormElement.prototype.submit.call(add);
    } catch {
      say("failed");
    } finally {
      button.disabled = false;
    }
  });

  const begin = async () => {
    const present = await receiver();
    const row = [...part.querySelectorAll("[data-endpoint]")].find((one) => one.dataset.endpoint === present?.endpoint);
    say("");
    if (!row) return void (add.hidden = false);
    row.querySelector(".chip").hidden = false;
    const remove = row.querySelector("form");
    remove.addEventListener("submit", async (event) => {
      event.preventDefault();
      await present.unsubscribe().catch(() => {});
      HTMLFormElement.prototype.submit.call(remove);
    });
  };
  begin().catch(() => {});
})();
