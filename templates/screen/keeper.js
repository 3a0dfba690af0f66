// Starts a screen with the last good page, which the screen itself put away, while the network is gone.
const ANSWER_MS = 8000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const answer = async (request) => {
  const kept = await caches.match(request);
  // A picture is named by its bytes.
  if (kept && request.destination === "image") return kept;
  if (!kept) return fetch(request);
  try {
    const fresh = await Promise.race([fetch(request), new Promise((_, tooLate) => setTimeout(tooLate, ANSWER_MS))]);
    return fresh.ok ? fresh : kept;
  } catch {
    return kept;
  }
};

// What the screen asks by script must not be answered from here: it wants to know how things are.
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.destination) event.respondWith(answer(event.request));
});
