// What links cannot do on the voucher's page: one tap copies the voucher, and the phone's own sheet shares the offer.
"use strict";

const shown = document.querySelector("[data-voucher]");
shown.addEventListener("click", () => navigator.clipboard?.writeText(shown.textContent).catch(() => {}));
// A button without being one: a real one would let nobody select its text where there is no script.
shown.tabIndex = 0;
shown.setAttribute("role", "button");
shown.addEventListener("keydown", event => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  shown.click();
});

const shared = document.querySelector("[data-share]");
if (shared && navigator.share) {
  shared.addEventListener("click", event => {
    event.preventDefault();
    // Who closes the sheet again wanted nothing else.
    navigator.share({ title: shared.dataset.share, url: shared.href }).catch(() => {});
  });
}
