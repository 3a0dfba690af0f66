// How much time is left, second by second. The words are the server's; only digits tick here.
"use strict";

const SECOND_MS = 1000, DAY_MS = 86400000;
const two = number => String(Math.floor(number)).padStart(2, "0");

const timeLeft = (left, days) => {
  const whole = Math.floor(left / DAY_MS), words = days[whole - 2];
  const seconds = (words ? left % DAY_MS : left) / SECOND_MS;
  const ticking = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(two).join(":");
  return words ? `${words} ${ticking}` : ticking;
};

// It counts from when the page came: a phone's own clock may be wrong.
for (const place of document.querySelectorAll("[data-left]")) {
  const endsAt = Date.now() + Number(place.dataset.left), days = place.dataset.days.split("|");
  const tick = () => { place.lastElementChild.textContent = timeLeft(Math.max(0, endsAt - Date.now()), days); };
  tick();
  setInterval(tick, SECOND_MS);
}
