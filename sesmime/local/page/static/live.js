"use strict";
// Renew the list when something changes; nothing else on the page needs JavaScript.
const stream = new EventSource("/live");
let waiting = false;
async function renew() {
  if (waiting) return;
  waiting = true;
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const typing = document.activeElement && document.activeElement.closest(".search");
    if (typing) {
      const from = fresh.querySelector("ol.inbox"), to = document.querySelector("ol.inbox");
      if (from && to) to.replaceWith(from);
    } else {
      document.querySelector("main").replaceWith(fresh.querySelector("main"));
    }
    document.title = fresh.title;
  } finally {
    setTimeout(() => { waiting = false; }, 250);
  }
}
stream.onmessage = renew;
