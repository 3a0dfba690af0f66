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
