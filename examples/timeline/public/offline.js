/* The page itself, from the second visit on, when its server cannot be reached. What the keep says is not kept. */
const files = 'timeline-files';

addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(fresh(request).catch(async () => (await caches.match(request)) ?? Response.error()));
});

async function fresh(request) {
  const response = await fetch(request);
  if (response.ok) await (await caches.open(files)).put(request, response.clone());
  return response;
}
