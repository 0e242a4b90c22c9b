/* Asks before a sign-out that takes visits from this browser which the server does not have yet.
   The form works without it; on the form of a visit visits.js asks. */
"use strict";
(() => {
  const leaving = document.querySelector("form[data-unsent]"), PATIENCE = 2000;
  if (!leaving || !window.indexedDB) { return; }

  /* How many there are; 0 where none was ever typed: the store is not made for asking. */
  const count = () => new Promise((ok) => {
    const opened = indexedDB.open("visits", 1);
    opened.onupgradeneeded = () => opened.transaction.abort();
    opened.onerror = () => ok(0);
    opened.onsuccess = () => {
      const found = opened.result, done = (number) => { found.close(); ok(number); };
      try {
        const asked = found.transaction("drafts").objectStore("drafts").count();
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => done(0);
      } catch (e) { done(0); }
    };
  });
  const patience = () => new Promise((ok) => { setTimeout(ok, PATIENCE, 0); });

  leaving.addEventListener("submit", async (event) => {
    event.preventDefault();
    const unsent = await Promise.race([count(), patience()]);
    if (unsent && !confirm(leaving.dataset.unsent)) { return; }
    leaving.submit();
  });
})();
