// The files of a conversation one after another, large: by the arrows, by the keys, by a finger.
const dialog = document.getElementById("lightbox");
const stage = dialog.querySelector("figure");
const FAR = 50; // pixels a finger goes for the next one
let files = [], at = 0, from = null;

function show(place) {
  at = (place + files.length) % files.length;
  const { href, dataset, title } = files[at];
  const shown = document.createElement({ image: "img", video: "video", audio: "audio" }[dataset.shows]);
  shown.src = href;
  if (dataset.shows === "image") shown.alt = title || dialog.dataset.image; else { shown.controls = true; shown.autoplay = true; }
  stage.replaceChildren(shown);
  dialog.querySelector("p").textContent = [title, `${at + 1} / ${files.length}`].filter(Boolean).join(" · ");
  dialog.querySelector("a").href = href;
  for (const step of dialog.querySelectorAll("[data-step]")) step.hidden = files.length < 2;
}

/** Open at one of the gallery's links. */
export function lightbox(link) {
  files = [...link.closest(".gallery").querySelectorAll("a[data-shows]")];
  dialog.showModal();
  show(files.indexOf(link));
}

dialog.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (step) show(at + Number(step.dataset.step));
  else if (event.target === dialog || event.target === stage || event.target.closest("[data-close]")) dialog.close();
});
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step && !event.target.matches("video, audio")) { event.preventDefault(); show(at + step); }
});
dialog.addEventListener("close", () => stage.replaceChildren()); // nothing goes on playing
stage.addEventListener("touchstart", (event) => { from = event.touches.length === 1 ? event.touches[0].clientX : null; }, { passive: true });
stage.addEventListener("touchend", (event) => {
  const gone = from === null ? 0 : event.changedTouches[0].clientX - from;
  if (Math.abs(gone) > FAR) show(at + (gone < 0 ? 1 : -1));
  from = null;
});
