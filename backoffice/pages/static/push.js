// Notices on this device: whether its browser can show them, turning them on and off, and keeping them on.
import { api } from "./app.js";

const KEPT = "hilo-push"; // {member, id}: whom this browser tells, and what the server calls it
const me = document.body.dataset.me;
const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "null");
const bytes = (written) => Uint8Array.from(atob(written.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const manager = async () => (await navigator.serviceWorker.ready).pushManager;
const phone = () => /iPhone|iPad/.test(navigator.userAgent) && !window.matchMedia("(display-mode: standalone)").matches;

async function tell(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const { id } = await api("POST", "/push/subscriptions", { endpoint, keys, language: document.documentElement.lang });
  localStorage.setItem(KEPT, JSON.stringify({ member: me, id }));
  return id;
}

/** "on", "off", or why it cannot be: "phone" (to be put on the home screen first), "unable", "refused". */
export async function state() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return phone() ? "phone" : "unable";
  if (Notification.permission === "denied") return "refused";
  return kept()?.member === me && await (await manager()).getSubscription() ? "on" : "off";
}

/** Ask the reader, then the browser, then tell the server; whether the reader agreed. */
export async function turnOn() {
  if (await Notification.requestPermission() !== "granted") return false;
  const { key } = await api("GET", "/push/key");
  const push = await manager();
  await (await push.getSubscription())?.unsubscribe(); // whoever turned it on here before is told no more
  await tell(await push.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }));
  return true;
}

/** Also when nobody answers: the browser alone can end it. */
export async function turnOff() {
  const stored = kept();
  if (stored?.member !== me) return;
  localStorage.removeItem(KEPT);
  await api("DELETE", `/push/subscriptions/${stored.id}`).catch(() => {});
  const registered = await navigator.serviceWorker.getRegistration();
  await (await registered?.pushManager.getSubscription())?.unsubscribe();
}

export const test = () => api("POST", `/push/subscriptions/${kept().id}/test`);
export const isThis = (id) => kept()?.id === id;

/** Once in each visit: the browser may have a new address by now, and this a new session. */
export async function renew() {
  if (kept()?.member !== me || sessionStorage.getItem(KEPT) || await state() !== "on") return;
  sessionStorage.setItem(KEPT, "1");
  await tell(await (await manager()).getSubscription());
}
