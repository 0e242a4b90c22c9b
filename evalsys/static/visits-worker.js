/* Opens the form of a visit without network. Nothing but that form, its style and script is kept,
   by visits.js; whatever the network answers goes first. */
"use strict";
const FORM = "/visits/new", KEPT = "/visits/offline";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const asked = event.request, url = new URL(asked.url);
  if (asked.method !== "GET" || url.origin !== location.origin) { return; }
  const isForm = asked.mode === "navigate" && url.pathname === FORM;
  const isPart = ["style", "script"].includes(asked.destination);
  if (!isForm && !isPart) { return; }
  const kept = async (error) => {
    const found = await caches.match(isForm ? KEPT : asked, { ignoreVary: true });
    if (!found) { throw error; }
    return found;
  };
  event.respondWith(fetch(asked).catch(kept));
});
