// Dragging cards between columns, by mouse at once and by finger after a long press, so that a swipe still scrolls.
const FAR = 6, LONG = 320, EDGE = 60;

export class Dragging {
  /** `card`, `column`: selectors inside `root`; `dropped(card, column)`. */
  constructor(root, { card, column, dropped }) {
    Object.assign(this, { root, card, column, dropped, held: null, over: null });
    root.addEventListener("pointerdown", (event) => this.press(event));
    document.addEventListener("pointermove", (event) => this.moved(event));
    document.addEventListener("pointerup", (event) => this.released(event));
    document.addEventListener("pointercancel", () => this.end());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.held?.ghost) { event.stopPropagation(); this.end(); } }, true);
    document.addEventListener("touchmove", (event) => { if (this.held?.ghost) event.preventDefault(); }, { passive: false });
    root.addEventListener("contextmenu", (event) => { if (this.held?.touch) event.preventDefault(); });
    root.addEventListener("dragstart", (event) => { if (event.target.closest(card)) event.preventDefault(); });
  }

  press(event) {
    const card = event.target.closest(this.card);
    if (!card || event.button !== 0 || !event.isPrimary || event.target.closest(".act")) return;
    const touch = event.pointerType !== "mouse";
    this.held = { card, touch, x: event.clientX, y: event.clientY, now: event };
    if (touch) this.held.timer = setTimeout(() => this.lift(), LONG);
  }

  moved(event) {
    const held = this.held;
    if (!held) return;
    held.now = event;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR;
    if (!held.ghost && far) {
      if (held.touch) return this.end();
      this.lift();
    }
    if (held.ghost) this.follow();
  }

  lift() {
    const { card, touch } = this.held;
    const box = card.getBoundingClientRect();
    const ghost = card.cloneNode(true);
    ghost.removeAttribute("id");
    ghost.setAttribute("aria-hidden", "true");
    ghost.classList.add("ghost");
    Object.assign(ghost.style, { width: `${box.width}px`, left: `${box.left}px`, top: `${box.top}px` });
    document.body.append(ghost);
    document.body.classList.add("dragging");
    card.classList.add("lifted");
    Object.assign(this.held, { ghost, dx: box.left, dy: box.top });
    if (touch) navigator.vibrate?.(15);
    this.scrolling = setInterval(() => this.scroll(), 16);
  }

  follow() {
    const { ghost, now, x, y, dx, dy } = this.held;
    ghost.style.left = `${dx + now.clientX - x}px`;
    ghost.style.top = `${dy + now.clientY - y}px`;
    const over = document.elementFromPoint(now.clientX, now.clientY)?.closest(this.column) ?? null;
    if (over === this.over) return;
    this.over?.classList.remove("over");
    over?.classList.add("over");
    this.over = over;
  }

  /** Near an edge what is under the pointer moves along. */
  scroll() {
    const { clientX, clientY } = this.held.now;
    const board = this.root.querySelector(this.column)?.parentElement;
    if (!board) return;
    const box = board.getBoundingClientRect();
    if (clientX > box.right - EDGE) board.scrollLeft += 10;
    else if (clientX < box.left + EDGE) board.scrollLeft -= 10;
    const cards = this.over?.querySelector("ul"), tall = cards?.getBoundingClientRect();
    if (tall && clientY > tall.bottom - EDGE) cards.scrollTop += 8;
    else if (tall && clientY < tall.top + EDGE) cards.scrollTop -= 8;
    this.follow();
  }

  released() {
    const { card, ghost } = this.held ?? {};
    const over = this.over;
    this.end();
    if (!ghost) return;
    // The click that ends a drag opens nothing.
    const swallow = (event) => { event.stopPropagation(); event.preventDefault(); };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
    const still = document.getElementById(card.id);
    if (over && still) this.dropped(still, over);
  }

  end() {
    if (!this.held) return;
    clearTimeout(this.held.timer);
    clearInterval(this.scrolling);
    this.held.ghost?.remove();
    this.held.card.classList.remove("lifted");
    document.body.classList.remove("dragging");
    this.over?.classList.remove("over");
    this.held = this.over = null;
  }
}
