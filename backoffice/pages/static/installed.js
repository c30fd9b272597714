// What makes the pages an application one can install: the service worker, and answering what it asks.
import { renew, turnOff } from "./push.js";

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").then(renew).catch(() => {});
  navigator.serviceWorker.addEventListener("message", ({ data, ports: [port] }) => {
    if (data?.ask !== "thread") return;
    port.postMessage(document.visibilityState === "visible" ? new URLSearchParams(location.search).get("thread") : null);
  });
}

// Whoever leaves is told nothing more here; before app.js leaves, which waits for it.
document.querySelector("[data-logout]")?.addEventListener("leaving", (event) => event.detail.push(turnOff().catch(() => {})));
