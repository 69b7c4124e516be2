// What has been read is told to the server, and new replies are told to the reader. Without this file a button does the
// one, and loading the page again the other.
"use strict";

(() => {
  const posts = document.querySelector(".posts[data-newest]");
  if (!posts) return;
  const topic = posts.dataset.topic;
  const visible = () => document.visibilityState === "visible";

  // --- what was read: the highest number whose head was on the screen for a second, told every ten seconds at most
  const SEEN_MS = 1000, TOLD_EVERY_MS = 10000;
  const token = document.querySelector("#act [name=csrf_token]")?.value;
  let seen = Number(posts.dataset.readTo), told = seen, later = 0, toldAt = -TOLD_EVERY_MS;

  const tell = () => {
    clearTimeout(later);
    later = 0;
    if (seen <= told) return;
    const before = told;
    told = seen;
    toldAt = performance.now();
    const body = new URLSearchParams({ csrf_token: token, n: seen, quiet: 1 });
    fetch(`${topic}/read`, { method: "POST", body, keepalive: true }).then(
      (answer) => { if (answer.status >= 500) told = before; },
      () => { told = before; },
    );
  };
  const saw = (n) => {
    if (n <= seen || !visible()) return;
    seen = n;
    later ||= setTimeout(tell, Math.max(0, toldAt + TOLD_EVERY_MS - performance.now()));
  };
  const waiting = new Map();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(waiting.get(target));
      if (isIntersecting) waiting.set(target, setTimeout(saw, SEEN_MS, Number(target.parentElement.id.slice(1))));
    }
  }, { threshold: 1 });
  const watch = () => {
    watcher.disconnect();
    if (token && posts.dataset.readTo) for (const head of posts.querySelectorAll(".post-head")) watcher.observe(head);
  };
  watch();
  document.addEventListener("visibilitychange", () => (visible() ? watch() : tell()));
  addEventListener("pagehide", tell);

  // --- new replies: asked for while the page is looked at, more and more seldom; the answer is a number, or "unchanged"
  const FIRST_MS = 30000, LAST_MS = 300000;
  const bar = document.querySelector(".new-replies");
  const isPublic = "public" in posts.dataset;
  let shown = Number(posts.dataset.newest), pause = FIRST_MS, etag = "", asking = 0;

  const title = document.title;
  const say = (newest) => {
    const count = newest - shown;
    document.title = count > 0 ? `(${count}) ${title}` : title;
    if (count <= 0) return bar.replaceChildren();
    const link = document.createElement("a");
    link.className = "button";
    link.href = `${topic}/replies?after=${shown}`;
    link.textContent = (count === 1 ? bar.dataset.one : bar.dataset.many).replace("#", count.toLocaleString(document.documentElement.lang));
    bar.replaceChildren(link);
  };
  const ask = async () => {
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await fetch(`${topic}/newest`, { headers, credentials: isPublic ? "omit" : "same-origin" });
    pause = Math.min(pause * 1.5, LAST_MS);
    if (answer.status === 304) return true;
    if (!answer.ok) return answer.status >= 500;
    etag = answer.headers.get("ETag") ?? "";
    const newest = Number(await answer.text());
    if (newest > shown) pause = FIRST_MS;
    say(newest);
    return true;
  };
  const askIn = (ms) => {
    clearTimeout(asking);
    if (visible()) asking = setTimeout(() => ask().catch(() => true).then((again) => again && askIn(pause)), ms);
  };
  document.addEventListener("visibilitychange", () => {
    pause = FIRST_MS;
    askIn(SEEN_MS);
  });
  askIn(pause);

  // On the last page they come in below; on others the link leads to them.
  bar.addEventListener("click", async (event) => {
    const link = event.target.closest("a");
    if (!link || !window.htmx || Number(posts.dataset.end) < Number(posts.dataset.newest)) return;
    event.preventDefault();
    const before = posts.querySelectorAll(".post").length;
    await htmx.ajax("GET", link.href, { target: posts, swap: "beforeend" });
    const added = [...posts.querySelectorAll(".post")].slice(before);
    if (!added.length) return location.assign(link.href);
    shown = Number(added.at(-1).id.slice(1));
    etag = "";
    say(shown);
    added[0].tabIndex = -1;
    added[0].focus();
    watch();
  });
})();
