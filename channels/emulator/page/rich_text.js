// Text as each messenger draws it, built as DOM nodes: nothing a bot sends is ever parsed as HTML.

const MARKS = { "*": "strong", _: "em", "~": "s" };
const MARKED = /```([\s\S]+?)```|(^|[\s(¿¡"'*_~])([*_~])(\S(?:[^\n]*?\S)?)\3(?=$|[\s).,;:!?"'*_~])|(https?:\/\/[^\s]+)/g;

function link(url, text) {
  const node = document.createElement("a");
  node.href = /^(https?|tg|tel|mailto):/i.test(url) ? url : "#";
  node.textContent = text;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  return node;
}

function wrapped(tag, content) {
  const node = document.createElement(tag);
  node.append(content);
  return node;
}

/** WhatsApp's *bold* _italic_ ~strike~ ```mono``` and bare links. */
export function whatsappText(text) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const found of text.matchAll(MARKED)) {
    const [whole, mono, before, mark, inner, url] = found;
    out.append(text.slice(at, found.index));
    if (mono) out.append(wrapped("code", mono));
    else if (url) out.append(link(url, url));
    else out.append(before, wrapped(MARKS[mark], whatsappText(inner)));
    at = found.index + whole.length;
  }
  out.append(text.slice(at));
  return out;
}

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "code", blockquote: "q", spoiler: "mark" };

/** Telegram's entities; their offsets are UTF-16 units, as JavaScript's own are. */
export function telegramText(text, entities = []) {
  const out = document.createDocumentFragment();
  const cuts = new Set([0, text.length]);
  for (const e of entities) { cuts.add(e.offset); cuts.add(e.offset + e.length); }
  const points = [...cuts].filter((p) => p <= text.length).sort((a, b) => a - b);
  for (let n = 0; n + 1 < points.length; n++) {
    const [from, to] = [points[n], points[n + 1]];
    const piece = text.slice(from, to);
    let node = document.createTextNode(piece);
    for (const e of entities) {
      if (e.offset > from || e.offset + e.length < to) continue;
      if (TAGS[e.type]) node = wrapped(TAGS[e.type], node);
      else if (e.type === "text_link") { const a = link(e.url, ""); a.append(node); node = a; }
      else if (e.type === "url") node = link(piece, piece);
    }
    out.append(node);
  }
  return out;
}
