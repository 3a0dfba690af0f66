// Comfort only: every page works without it.
// A slip opens the print dialog by itself.
if (document.body.hasAttribute("data-print")) window.addEventListener("load", () => window.print());
// A second press of a button that sends something is never wanted; the server would answer it the same anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});
// A code on the screen must not go dark while a shopper lifts a phone.
if (document.querySelector(".symbol") && navigator.wakeLock) navigator.wakeLock.request("screen").catch(() => {});
// Where the browser reads QR codes itself, a phone is held to one poster after the other.
const round = document.querySelector("form[data-camera]");
if (round && "BarcodeDetector" in window && navigator.mediaDevices) {
  const offer = round.querySelector("p[hidden]"), video = round.querySelector("video");
  // Whatever the camera read last; only a page that answers it goes on looking by itself.
  const last = sessionStorage.getItem("camera");
  sessionStorage.removeItem("camera");
  const read = async (reader) => {
    const seen = await reader.detect(video).catch(() => []);
    const text = seen.length === 1 ? seen[0].rawValue : "";
    // The poster that was just read may still be there, and of two in sight nobody knows which is meant.
    if (!text || text === last) return setTimeout(() => read(reader), 100);
    sessionStorage.setItem("camera", text);
    round.elements.code.value = text;
    round.requestSubmit();
  };
  const look = async () => {
    offer.hidden = true;
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return;
    }
    video.hidden = false;
    await video.play();
    read(new BarcodeDetector({ formats: ["qr_code"] }));
  };
  // Some browsers have the reader and no format for it: a camera there would look for ever.
  BarcodeDetector.getSupportedFormats().then((formats) => {
    if (!formats.includes("qr_code")) return;
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", look);
    if (last !== null) look();
  });
}
