// The emulator's control API, and the sample files a phone without a camera sends.

export async function call(method, path, body) {
  const form = body instanceof FormData;
  const answer = await fetch("/emulator/api" + path, {
    method,
    headers: body && !form ? { "Content-Type": "application/json" } : {},
    body: form ? body : body && JSON.stringify(body),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(typeof data.error === "string" ? data.error : JSON.stringify(data.error));
  return data;
}

export async function upload(channel, account, blob, name) {
  const form = new FormData();
  form.append("file", blob, name);
  form.append("type", blob.type || "application/octet-stream");
  return (await call("POST", `/${channel}/${account}/media`, form)).id;
}

function drawn(width, height, type, paint) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  paint(canvas.getContext("2d"));
  return new Promise((done) => canvas.toBlob(done, type, 0.85));
}

/** A small landscape, so that every photo differs a little. */
export function samplePhoto() {
  const hue = Math.floor(Math.random() * 360);
  return drawn(640, 420, "image/jpeg", (c) => {
    c.fillStyle = `hsl(${hue} 60% 82%)`; c.fillRect(0, 0, 640, 420);
    c.fillStyle = `hsl(${hue + 30} 75% 70%)`; c.beginPath(); c.arc(470, 130, 60, 0, 7); c.fill();
    for (let n = 0; n < 3; n++) {
      c.fillStyle = `hsl(${hue + 140} 28% ${55 - n * 12}%)`; c.beginPath(); c.moveTo(0, 420);
      for (let x = 0; x <= 640; x += 20) c.lineTo(x, 250 + n * 50 + Math.sin(x / 90 + n * 2 + hue) * 34);
      c.lineTo(640, 420); c.fill();
    }
  });
}

export function sampleSticker() {
  return drawn(512, 512, "image/webp", (c) => {
    c.fillStyle = "#ffcf4a"; c.beginPath(); c.arc(256, 256, 220, 0, 7); c.fill();
    c.fillStyle = "#4a3410"; for (const x of [180, 332]) { c.beginPath(); c.arc(x, 205, 28, 0, 7); c.fill(); }
    c.lineWidth = 26; c.lineCap = "round"; c.strokeStyle = "#4a3410";
    c.beginPath(); c.arc(256, 270, 115, 0.25, Math.PI - 0.25); c.stroke();
  });
}

export async function sampleVoice() {
  return (await fetch("/emulator/api/samples/voice.ogg")).blob();
}
