// Without this a screen comes again by itself. With it, it is never empty, dark, or wrong without saying so.
const ANSWER_MS = 10000, BEHIND_MS = 60000, AWAY_MS = 300000, WRONG_MS = 60000;
const KEPT = `screen ${location.pathname}${location.search}`, CLOCK = "omni-clock";
const STEPS = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];
const root = document.documentElement, still = matchMedia("(prefers-reduced-motion: reduce)");
const shown = () => document.body.dataset;
const find = (selector) => document.querySelector(selector);

// A screen's own clock may be wrong: what counts is how far it is from the server's, which it remembers.
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch {} };
const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
let offset = remembered(CLOCK) === null ? Date.parse(shown().at) - Date.now() : Number(remembered(CLOCK));
const now = () => Date.now() + offset;
let heardAt = Date.parse(shown().at), behindSince = null, published = null;

// What it shows may be shown while its dates allow and nothing else was heard. A clock that stands before
// the page was made is no clock.
const mayShow = () =>
  now() < Date.parse(shown().holdsUntil) && now() > Date.parse(shown().at) - WRONG_MS &&
  (published === null || published.state === shown().state);

// Nothing burns into a wall's glass; a stream has none.
const drift = (minute) => {
  const moves = !still.matches && !document.body.classList.contains("overlay");
  const [x, y] = moves ? STEPS[minute % STEPS.length] : STEPS[0];
  root.style.setProperty("--x", x);
  root.style.setProperty("--y", y);
  root.classList.toggle("swapped", moves && Math.floor(minute / 60) % 2 === 1);
};

const tick = () => {
  const resting = shown().endsAt !== undefined && !mayShow();
  find("main").hidden = resting;
  if (find(".resting")) find(".resting").hidden = !resting;
  find(".alarm").hidden = behindSince === null || performance.now() - behindSince <= BEHIND_MS;
  find(".alarm bdi").textContent = published ? published.version : "";
  find(".away").hidden = now() - heardAt <= AWAY_MS;
  for (const place of document.querySelectorAll(".left")) {
    const left = Date.parse(shown().endsAt) - now();
    place.hidden = left <= 0;
    place.querySelector("bdi").textContent = timeLeft(left, place.dataset.days.split("|"));
  }
  drift(Math.floor(Date.now() / 60000));
};

const ask = async (address) => {
  const signal = AbortSignal.timeout ? AbortSignal.timeout(ANSWER_MS) : undefined;
  const answer = await fetch(address, { cache: "no-store", signal });
  if (!answer.ok) throw new Error(answer.status);
  return answer;
};

const parts = (page) => [...page.querySelectorAll("img, source, script")].map(
  (part) => new URL(part.getAttribute("srcset") || part.getAttribute("src"), location.href).href,
);

// For the worker to show when this screen starts without a network.
const keep = async (page, answer) => {
  if (!window.caches) return;
  const cache = await caches.open(KEPT), wanted = [location.href, ...parts(page)];
  await cache.addAll(parts(page));
  await cache.put(location.href, answer);
  for (const old of await cache.keys()) if (!wanted.includes(old.url)) await cache.delete(old);
};

const furniture = (page) => page.querySelector("style").textContent + parts(page).filter((part) => part.endsWith(".js"));

// Only a page that came whole, pictures and all, takes the place of the one that is there.
const renew = async () => {
  const answer = await ask(location.href), copy = answer.clone();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.body.dataset.shows === undefined) throw new Error("not a screen");
  for (const { src } of page.images) await Object.assign(new Image(), { src }).decode();
  await keep(page, copy).catch(() => {});
  if (page.body.dataset.shows === shown().shows) return;
  if (furniture(page) !== furniture(document)) return location.reload();
  root.lang = page.documentElement.lang;
  root.dir = page.documentElement.dir;
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
};

const hear = async () => {
  published = await (await ask(`${location.pathname}/state${location.search}`)).json();
  heardAt = Date.parse(published.at);
  offset = heardAt - Date.now();
  remember(CLOCK, offset);
  if (published.shows === shown().shows) return;
  if (behindSince === null) behindSince = performance.now();
  await renew();
};

const watch = async () => {
  await hear().catch(() => {});
  if (published !== null && published.shows === shown().shows) behindSince = null;
  tick();
  // A change that is known beforehand is asked for when it comes.
  const soon = Date.parse(shown().holdsUntil) - now(), pause = (published ? published.refresh : 30) * 1000;
  setTimeout(watch, soon > 0 && soon < pause ? soon + 100 : pause);
};

const stayAwake = () => {
  if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen").catch(() => {});
};

root.dataset.attended = "";
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
if (navigator.serviceWorker) navigator.serviceWorker.register(new URL("keeper.js", document.currentScript.src)).catch(() => {});
tick();
setInterval(tick, 1000);
watch().then(() => renew().catch(() => {}));
