"use strict";
// Renew what changes (`data-live`) when something arrives; nothing on the page needs JavaScript.
let busy = false, again = false;
async function renew() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const now = fresh.getElementById(old.id);
      // What somebody has opened to read stays as it is.
      if (!now || now.innerHTML === old.innerHTML || old.querySelector("details[open]")) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      old.replaceWith(now);
      if (focused) [...now.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
    }
    document.title = fresh.title;
  } catch {
    // The server is gone; the stream tells when it is back.
  } finally {
    setTimeout(() => { busy = false; if (again) { again = false; renew(); } }, 250);
  }
}
const since = Number(document.currentScript.dataset.serial);
let stream = null;
// A tab that nobody sees keeps no connection: browsers have few for one server.
function listen() {
  if (document.hidden) { stream?.close(); stream = null; return; }
  if (stream) return;
  stream = new EventSource(`/live?since=${since}`);
  stream.onmessage = renew;
}
document.addEventListener("visibilitychange", listen);
listen();
