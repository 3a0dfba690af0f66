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
  const button = round.querySelector("button[type=button]"), video = round.querySelector("video");
  const read = async (reader) => {
    const [found] = await reader.detect(video).catch(() => []);
    if (!found) return requestAnimationFrame(() => read(reader));
    round.elements.code.value = found.rawValue;
    round.requestSubmit();
  };
  const look = async () => {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return sessionStorage.removeItem("camera");
    }
    sessionStorage.setItem("camera", "on");
    video.hidden = false;
    button.hidden = true;
    await video.play();
    // Time to turn away from the poster that was just read.
    setTimeout(() => read(new BarcodeDetector({ formats: ["qr_code"] })), 1500);
  };
  button.hidden = false;
  button.addEventListener("click", look);
  if (sessionStorage.getItem("camera")) look();
}
