// What a composer brings in only when it is asked for: emojis, and the form one books by.
import { part, toast } from "./app.js";

/** Fill the popover with the picker the first time it opens; `chosen` is called with each emoji. */
export async function smile(popover, chosen) {
  const { picker, words, emojis, language } = popover.dataset;
  if (!popover.firstElementChild) {
    await import(picker);
    const { default: i18n } = await import(words);
    const made = document.createElement("emoji-picker");
    Object.assign(made, { i18n, locale: language, dataSource: emojis });
    made.addEventListener("emoji-click", (event) => { popover.hidePopover(); chosen(event.detail.unicode); });
    popover.append(made);
  }
  const root = popover.firstElementChild.shadowRoot;
  requestAnimationFrame(() => root.querySelector("input")?.focus());
}

let booking = null;

/** Book for a contact without leaving the page. */
export async function book({ contact, name, css }, done) {
  if (!booking) {
    const html = await part("/agenda/booking");
    if (!html) return toast(document.getElementById("away").textContent.trim(), true);
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: css });
    const styled = new Promise((resolve) => { style.onload = style.onerror = resolve; });
    document.head.append(style);
    document.body.insertAdjacentHTML("beforeend", html);
    const [{ Booking }] = await Promise.all([import("./booking.js"), styled]);
    booking = new Booking(() => booking.booked());
  }
  booking.booked = done;
  return booking.open({ contact: { id: contact, name } });
}
