// Comfort only: without it the page comes again by itself.
// Figures come in by a stream; where there is none, or every place is taken, they are asked for.
const shown = document.querySelector("[data-events]");
const away = shown.querySelector("[data-away]"), aloud = shown.querySelector("[data-aloud]");
const POLL_MS = 1000, STREAM_AGAIN_MS = 60000, SILENCE_MS = 12000, ALOUD_MS = 60000;
let heardAt = Date.now(), saidAt = Date.now();

const show = (news) => {
  heardAt = Date.now();
  away.hidden = !news.is_away;
  for (const place of shown.querySelectorAll("[data-live]")) {
    const text = news.texts[place.dataset.live];
    if (text !== undefined && place.textContent !== text) place.textContent = text;
  }
  // A voice that reads every number aloud would be no help.
  if (Date.now() - saidAt < ALOUD_MS || aloud.textContent === news.aloud) return;
  aloud.textContent = news.aloud;
  saidAt = Date.now();
};

const poll = async (until) => {
  try {
    const answer = await fetch(shown.dataset.figures, { headers: { Accept: "application/json" } });
    // Led elsewhere: the sign-in has ended, and the page itself says so best.
    if (answer.redirected) return location.reload();
    if (answer.ok) show(await answer.json());
  } catch {}
  if (Date.now() > until) listen();
  else setTimeout(poll, POLL_MS, until);
};

const listen = () => {
  if (!window.EventSource) return poll(Infinity);
  const stream = new EventSource(shown.dataset.events);
  stream.onmessage = (event) => show(JSON.parse(event.data));
  stream.onerror = () => {
    // A stream that ended comes again by itself; one that was refused does not.
    if (stream.readyState === EventSource.CLOSED) poll(Date.now() + STREAM_AGAIN_MS);
  };
};

setInterval(() => { if (Date.now() - heardAt > SILENCE_MS) away.hidden = false; }, 1000);
listen();
