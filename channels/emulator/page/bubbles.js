// One message of either channel as a list item: what it says, what can be tapped, what became of it.
import { telegramText, whatsappText } from "/page/rich_text.js";

const TICKS = {
  pending: ["wait", "Enviando"], accepted: ["wait", "Aceptado"], sent: ["tick", "Enviado"],
  delivered: ["ticks", "Entregado"], read: ["ticks", "Leído"], failed: ["alert", "No entregado"],
};
const REASONS = {
  131047: "pasaron más de 24 horas desde tu último mensaje",
  131026: "este teléfono no puede recibirlo",
  131049: "el proveedor limitó los mensajes de promoción",
  131053: "el archivo no se pudo usar",
  130472: "el número está en un experimento del proveedor",
};
const PLACES = { image: "Foto", photo: "Foto", video: "Video", audio: "Audio", voice: "Nota de voz", document: "Documento", sticker: "Sticker", location: "Ubicación", contacts: "Contacto", animation: "Animación" };

export function el(tag, options = {}, ...children) {
  const { data, ...properties } = options;
  const node = Object.assign(document.createElement(tag), properties);
  Object.assign(node.dataset, data);
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", "#i-" + name);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export const clock = (at) => new Date(at * 1000).toLocaleTimeString("es", { hour: "2-digit", minute: "2-digit", hour12: false });

/** One line for quotes: the text, or the kind of thing it is. */
export function gist(message) {
  const c = message.content;
  if (typeof c.text === "string") return c.text;
  const inner = c.interactive;
  const text = c.text?.body ?? inner?.body?.text ?? inner?.button_reply?.title ?? inner?.list_reply?.title ?? c._shown?.body ?? c.button?.text ?? c.caption ?? c[c.type]?.caption;
  if (text) return text;
  const kind = c.type ?? Object.keys(PLACES).find((name) => name in c);
  return PLACES[kind] ?? "Mensaje";
}

function fileSource(file) {
  return file.link ?? "/emulator/api/media/" + encodeURIComponent(file.id ?? file.file_id);
}

function media(kind, file) {
  const source = fileSource(file);
  if (kind === "image" || kind === "photo") return el("img", { className: "picture", src: source, alt: file.caption || "Foto", loading: "lazy" });
  if (kind === "sticker") return el("img", { className: "sticker", src: source, alt: "Sticker" });
  if (kind === "video" || kind === "animation") return el("video", { src: source, controls: true, preload: "metadata" });
  if (kind === "audio" || kind === "voice") return el("audio", { src: source, controls: true, preload: "metadata", ariaLabel: PLACES[kind] });
  const name = file.filename ?? file.file_name ?? "Documento";
  return card("file", name, file.mime_type ?? "Documento", { href: source, download: name });
}

function card(symbol, title, detail, link) {
  const words = el("div", {}, el("b", { textContent: title }), el("span", { textContent: detail }));
  return el(link ? "a" : "div", { className: "card", ...(link && { target: "_blank", rel: "noopener noreferrer", ...link }) }, icon(symbol), words);
}

function place(spot, title, address) {
  const where = `${spot.latitude.toFixed(5)}, ${spot.longitude.toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${spot.latitude}&mlon=${spot.longitude}#map=16/${spot.latitude}/${spot.longitude}`;
  return card("pin", title || "Ubicación", address || where, { href: map });
}

const body = (content) => el("div", { className: "body" }, content);

function whatsappParts(c) {
  const inner = c[c.type];
  if (c.type === "text") return [body(whatsappText(inner.body))];
  if (["image", "video", "audio", "document", "sticker"].includes(c.type)) {
    return [media(inner.voice ? "voice" : c.type, inner), inner.view_once ? el("div", { className: "foot", textContent: "Para ver una vez" }) : null, inner.caption ? body(whatsappText(inner.caption)) : null];
  }
  if (c.type === "location") return [place({ latitude: +inner.latitude, longitude: +inner.longitude }, inner.name, inner.address)];
  if (c.type === "contacts") return inner.map((p) => card("person", p.name?.formatted_name ?? "Contacto", p.phones?.[0]?.phone ?? ""));
  if (c.type === "template") {
    const s = c._shown ?? {};
    return [s.header ? el("div", { className: "head", textContent: s.header }) : null, body(whatsappText(s.body ?? inner.name)), s.footer ? el("div", { className: "foot", textContent: s.footer }) : null];
  }
  if (c.type === "button") return [body(inner.text)];
  if (c.type === "interactive") {
    const reply = inner.button_reply ?? inner.list_reply;
    if (reply) return [body(reply.title), reply.description ? el("div", { className: "foot", textContent: reply.description }) : null];
    if (inner.nfm_reply) return [body("Formulario enviado")];
    const h = inner.header;
    const head = !h ? null : h.type === "text" ? el("div", { className: "head" }, whatsappText(h.text)) : media(h.type, h[h.type]);
    return [head, body(whatsappText(inner.body.text)), inner.footer ? el("div", { className: "foot", textContent: inner.footer.text }) : null];
  }
  if (c.type === "order") return [card("list", "Pedido", `${inner.product_items?.length ?? 0} productos`)];
  return [el("div", { className: "gone", textContent: "Mensaje de un tipo que WhatsApp no entrega" })];
}

function telegramParts(c) {
  const kind = ["animation", "photo", "video", "voice", "audio", "document", "sticker"].find((name) => c[name]);
  const file = kind === "photo" ? c.photo.at(-1) : c[kind];
  return [
    kind ? media(kind, file) : null,
    c.venue ? place(c.venue.location, c.venue.title, c.venue.address) : c.location ? place(c.location) : null,
    c.contact ? card("person", [c.contact.first_name, c.contact.last_name].filter(Boolean).join(" "), c.contact.phone_number) : null,
    c.text ? body(telegramText(c.text, c.entities)) : null,
    c.caption ? body(telegramText(c.caption, c.caption_entities)) : null,
  ];
}

function chip(text, run, symbol) {
  const node = el("button", { type: "button", className: "chip" }, symbol ? icon(symbol) : null, text);
  node.addEventListener("click", run);
  return node;
}

function linkChip(text, url) {
  return el("a", { className: "chip", href: /^https?:/.test(url) ? url : "#", target: "_blank", rel: "noopener noreferrer" }, icon("link"), text);
}

function whatsappChoices(message, phone) {
  const c = message.content;
  const reply_to = message.id;
  const box = el("div", { className: "chips" });
  for (const b of c._shown?.buttons ?? []) {
    if (b.type === "URL") box.append(linkChip(b.text, b.url));
    else if (b.type === "QUICK_REPLY") box.append(chip(b.text, () => phone.act({ type: "template_button", text: b.text, payload: b.payload, reply_to }), "reply"));
  }
  const inner = c.interactive;
  for (const b of inner?.action?.buttons ?? []) box.append(chip(b.reply.title, () => phone.act({ type: "button_reply", ...b.reply, reply_to }), "reply"));
  if (inner?.type === "list") box.append(chip(inner.action.button, () => phone.openList(message), "list"));
  if (inner?.type === "cta_url") box.append(linkChip(inner.action.parameters.display_text, inner.action.parameters.url));
  if (inner?.type === "location_request_message") box.append(chip("Enviar ubicación", () => phone.sendPlace(reply_to), "pin"));
  if (inner?.type === "request_contact_info") box.append(chip("Compartir mi contacto", () => phone.sendSelf({ requested: true, reply_to }), "person"));
  if (inner?.type === "flow") box.append(chip(inner.action.parameters.flow_cta, () => phone.act({ type: "flow_reply", response_json: { flow_token: inner.action.parameters.flow_token ?? "unused" }, reply_to }), "file"));
  return box.childElementCount ? box : null;
}

function telegramChoices(message, phone) {
  const rows = message.content.reply_markup?.inline_keyboard;
  if (!rows) return null;
  const box = el("div", { className: "rows" });
  for (const row of rows) {
    box.append(el("div", {}, ...row.map((b) => b.url ? linkChip(b.text, b.url) : chip(b.text, () => phone.act({ type: "tap", message_id: message.id, data: b.callback_data ?? "" })))));
  }
  return box;
}

function ticks(message, mine) {
  const meta = el("div", { className: "meta" });
  if (message.edited) meta.append("editado ");
  meta.append(clock(message.at));
  const shown = TICKS[message.status];
  if (shown && (mine || message.status !== "delivered" || message.content.type)) {
    const mark = el("span", { className: "is-" + message.status, title: shown[1] }, icon(shown[0]));
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", shown[1]);
    meta.append(mark);
  }
  return meta;
}

/** The whole list item. `phone` offers act, openList, openMenu, find, sendPlace, sendSelf. */
export function bubble(message, phone) {
  const mine = message.direction === "in";
  const item = el("li", { className: "msg" + (mine ? " mine" : ""), data: { id: message.id } });
  const box = el("div", { className: "bubble" });
  if (message.deleted) box.append(el("div", { className: "gone", textContent: mine ? "Eliminaste este mensaje" : "Se eliminó este mensaje" }));
  else {
    if (message.direction === "echo") box.append(el("div", { className: "label", textContent: "Desde el teléfono del negocio" }));
    if (message.content.referral) box.append(card("link", message.content.referral.headline ?? "Anuncio", "Desde un anuncio"));
    const quoted = message.reply_to && phone.find(message.reply_to);
    if (quoted && !message.content.interactive?.button_reply && !message.content.interactive?.list_reply) {
      const quote = el("button", { type: "button", className: "quote", textContent: gist(quoted) });
      quote.addEventListener("click", () => phone.scrollTo(quoted.id));
      box.append(quote);
    }
    box.append(...(phone.channel === "whatsapp" ? whatsappParts(message.content) : telegramParts(message.content)).filter(Boolean));
  }
  box.append(ticks(message, mine));
  item.append(box);
  const faces = Object.values(message.reactions);
  if (faces.length) item.append(el("div", { className: "react", textContent: faces.join(" "), ariaLabel: "Reacciones: " + faces.join(" ") }));
  if (message.error) {
    const code = message.error.code;
    item.append(el("p", { className: "why", textContent: `No se entregó: ${REASONS[code] ?? message.error.title} (${code})` }));
  }
  if (!message.deleted && !mine) {
    const choices = phone.channel === "whatsapp" ? whatsappChoices(message, phone) : telegramChoices(message, phone);
    if (choices) item.append(choices);
  }
  if (!message.deleted) {
    const more = el("button", { type: "button", className: "more", ariaLabel: "Acciones del mensaje" }, icon("dots"));
    more.setAttribute("aria-haspopup", "menu");
    more.addEventListener("click", () => phone.openMenu(message, more));
    box.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch" || event.target.closest("a, button, audio, video")) return;
      const held = setTimeout(() => phone.openMenu(message, more), 450);
      for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, () => clearTimeout(held), { once: true });
    });
    box.addEventListener("contextmenu", (event) => { event.preventDefault(); phone.openMenu(message, more); });
    box.style.position = "relative";
    box.append(more);
  }
  return item;
}
