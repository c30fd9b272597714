// What works without a page: notices of what happened, and a page that says there is no connection. Nothing that is
// read here is kept: no conversation, no answer of the API. VERSION stands before this, and changes with the page.
const OFFLINE = "/offline";
const ANSWERS_WITHIN = 400;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  await (await caches.open(VERSION)).add(new Request(OFFLINE, { cache: "reload", credentials: "omit" }));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== VERSION) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  event.respondWith(fetch(event.request).catch(async () => (await caches.match(OFFLINE)) ?? Response.error()));
});

/** Whether a window that can be seen says that it has this conversation open. */
const reads = (client, thread) => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (said) => resolve(said.data === thread);
  setTimeout(() => resolve(false), ANSWERS_WITHIN);
  client.postMessage({ ask: "thread" }, [port2]);
});

const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

async function show(told) {
  const seen = (await windows()).filter((one) => one.visibilityState === "visible");
  if (told.thread && (await Promise.all(seen.map((one) => reads(one, told.thread)))).some(Boolean)) return;
  await self.registration.showNotification(told.title, {
    body: told.body,
    tag: told.thread ?? "hilo",
    renotify: true,
    icon: "/static/icon-192.png",
    badge: "/static/icon-badge.png",
    data: { url: told.url },
  });
}
self.addEventListener("push", (event) => { if (event.data) event.waitUntil(show(event.data.json())); });

/** To where the notice leads: in a window that is open, or in a new one. */
async function go(url) {
  const [open] = (await windows()).sort((one, other) => Number(other.focused) - Number(one.focused));
  if (!open) return self.clients.openWindow(url);
  await open.focus();
  return open.navigate(url).catch(() => self.clients.openWindow(url));
}
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(go(event.notification.data.url));
});
