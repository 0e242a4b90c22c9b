/* Keeps a visit on this phone until the server has it, for the signed-in account alone; each has a
   key of its own, so that what is sent twice is stored once. The page works without it. */
"use strict";
(() => {
  const phone = document.getElementById("phone"), form = document.getElementById("visit");
  if (!phone || !form || !window.indexedDB) { return; }
  const words = phone.dataset, hasServer = "account" in words, DRAFTS = "drafts";
  const FIELDS = ["visited_on", "place", "found", "outcome", "solved_how", "organ"];
  const WIDEST = 1600, LARGEST = 6 * 1024 * 1024;
  const at = (id) => document.getElementById(id), of = (name) => form.elements[name];
  const account = words.account || localStorage.getItem("visits");
  let photos = [], last = Promise.resolve(), isBusy = false;

  /* The store of drafts: open is being typed, ready waits to be sent. */
  const store = new Promise((ok, no) => {
    const opened = indexedDB.open("visits", 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore(DRAFTS, { keyPath: "key" });
    opened.onsuccess = () => ok(opened.result);
    opened.onerror = () => no(opened.error);
  });
  const ask = async (mode, how) => {
    const turn = (await store).transaction(DRAFTS, mode), asked = how(turn.objectStore(DRAFTS));
    return new Promise((ok, no) => {
      turn.oncomplete = () => ok(asked.result);
      turn.onabort = () => no(turn.error);
    });
  };
  const all = () => ask("readonly", (drafts) => drafts.getAll());
  const put = (draft) => ask("readwrite", (drafts) => drafts.put(draft));
  const drop = (key) => ask("readwrite", (drafts) => drafts.delete(key));
  const waiting = async () => (await all()).filter((one) => one.state === "ready");

  const tell = (place, text) => { at(place).textContent = text; at(place).hidden = !text; };
  const say = (text) => { tell("wrong", ""); tell("said", text); };
  const refuse = (text) => { tell("said", ""); tell("wrong", text); at("wrong").scrollIntoView(); };
  const button = (text, name, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-plain btn-sm";
    made.textContent = text;
    made.setAttribute("aria-label", `${text} ${name}`);
    made.addEventListener("click", act);
    return made;
  };
  const link = (href, text) => {
    const made = document.createElement("a");
    made.href = href;
    made.textContent = text;
    return made;
  };
  const newKey = () => {
    const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  const today = () => {
    const now = new Date(Date.now() + 8 * 3600e3);  // Shanghai, as the server counts days.
    return now.toISOString().slice(0, 10);
  };

  /* The form as a draft, and back. */
  const draft = (state) => ({
    key: of("key").value, account, state, photos, at: Date.now(),
    fields: Object.fromEntries(FIELDS.map((name) => [name, of(name).value])),
  });
  const isTyped = () =>
    photos.length > 0 || ["place", "found", "solved_how"].some((name) => of(name).value.trim());
  const fill = (one) => {
    of("key").value = one.key;
    FIELDS.forEach((name) => { of(name).value = one.fields[name]; });
    photos = one.photos;
    showPhotos();
  };
  const clear = () => {
    form.reset();
    of("key").value = newKey();
    of("visited_on").value = today();
    photos = [];
    showPhotos();
  };
  const keep = () => {
    const one = draft("open");
    const turn = async () => { if (isTyped()) { await put(one); } else { await drop(one.key); } };
    last = last.then(turn).catch(() => {});
  };
  const showPhotos = () => {
    const list = at("chosen");
    list.replaceChildren(...photos.map((photo, place) => {
      const line = document.createElement("li"), name = `${words.photo} ${place + 1}`;
      line.append(`${name} · ${Math.ceil(photo.size / 1024)} KB `, button(words.remove, name, () => {
        photos = photos.filter((one) => one !== photo);
        showPhotos();
        keep();
      }));
      return line;
    }));
    list.hidden = !photos.length;
  };
  const showWaiting = async () => {
    const list = document.createElement("ul"), ready = await waiting();
    list.append(...ready.map((one) => {
      const line = document.createElement("li"), name = `${one.fields.visited_on} ${one.fields.place}`;
      line.append(`${name} `, button(words.drop, name, async () => {
        if (confirm(`${words.drop}: ${name}`)) { await drop(one.key); await showWaiting(); }
      }));
      return line;
    }));
    at("waiting").replaceChildren(words.waiting + ready.length, list);
    at("waiting").hidden = !ready.length;
  };

  /* A photo is made smaller, which takes place and device out before it is kept. */
  const smaller = async (file) => {
    try {
      const seen = await createImageBitmap(file), canvas = document.createElement("canvas");
      const scale = Math.min(1, WIDEST / Math.max(seen.width, seen.height));
      canvas.width = Math.round(seen.width * scale);
      canvas.height = Math.round(seen.height * scale);
      canvas.getContext("2d").drawImage(seen, 0, 0, canvas.width, canvas.height);
      return await new Promise((ok) => canvas.toBlob((made) => ok(made || file), "image/jpeg", 0.85));
    } catch (e) { return file; }  // No picture that this browser knows: the server says so.
  };
  const take = async () => {
    for (const file of [...of("photos").files]) {
      const photo = await smaller(file);
      if (photos.length >= Number(words.most)) { refuse(words.many); break; }
      if (photo.size > LARGEST) { refuse(words.large); continue; }
      photos = [...photos, photo];
    }
    of("photos").value = "";
    showPhotos();
    keep();
  };

  /* Sending: what the server has goes from this phone; what it refuses comes back into the form. */
  const send = async (one) => {
    const body = new FormData();
    body.set("csrf_token", words.token);
    body.set("key", one.key);
    FIELDS.forEach((name) => body.set(name, one.fields[name]));
    one.photos.forEach((photo, place) => body.append("photos", photo, `${place + 1}.jpg`));
    let answer;
    try { answer = await fetch(words.new, { method: "POST", body }); } catch (e) {
      return { said: words.kept };
    }
    const path = new URL(answer.url).pathname;
    if (answer.status >= 500 || answer.status === 429) { return { said: words.failed }; }
    if (answer.ok && answer.redirected && !/^\/visits\/\d+$/.test(path)) {
      return { said: words.signin };
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) {
      const why = page.querySelector(".errs li, .errs p, main h1");
      return { refused: words.refused + (why ? why.textContent : answer.status) };
    }
    await drop(one.key);
    return { url: answer.url, title: page.querySelector("h1").textContent };
  };
  const giveBack = async (one, why) => {
    const open = { ...one, state: "open" };
    await put(open);
    if (!isTyped() || of("key").value === one.key) { fill(open); }
    refuse(why);
  };
  const sendWaiting = async () => {
    const sent = [];
    for (const one of await waiting()) {
      const done = await send(one);
      if (done.url) { sent.push(link(done.url, done.title)); continue; }
      if (done.refused) { await giveBack(one, done.refused); continue; }
      say(done.said);
      break;
    }
    if (sent.length) {
      say(words.sent);
      sent.forEach((each) => at("said").append(each, " "));
    }
    await showWaiting();
  };
  const oneAtATime = (how) => (navigator.locks ? navigator.locks.request("visits", how) : how());

  form.addEventListener("input", (event) => { if (event.target.type !== "file") { keep(); } });
  of("photos").addEventListener("change", take);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) { return; }
    if (!account) { refuse(words.nobody); return; }
    const needed = ["visited_on", "place", "found"];
    if (of("outcome").value === "solved") { needed.push("solved_how"); }
    const missing = needed.filter((name) => !of(name).value.trim());
    if (missing.length) {
      refuse(words.missing + missing.map((name) => of(name).labels[0].textContent).join("、"));
      of(missing[0]).focus();
      return;
    }
    isBusy = true;
    const one = draft("ready");
    try {
      await last;
      await put(one);
      const done = hasServer ? await oneAtATime(() => send(one)) : { said: words.kept };
      if (done.url) { location.assign(done.url); return; }
      if (done.refused) { await giveBack(one, done.refused); return; }
      clear();
      say(done.said);
      await showWaiting();
    } catch (e) { refuse(words.failed); } finally { isBusy = false; }
  });

  /* Signing out takes everything from this phone; the server tells the browser so as well. */
  const wipe = async () => {
    (await store).close();
    indexedDB.deleteDatabase("visits");
    localStorage.removeItem("visits");
    if (window.caches) { await caches.delete("visits"); }
  };
  document.querySelectorAll("form[action$='/logout']").forEach((leaving) =>
    leaving.addEventListener("submit", async (event) => {
      event.preventDefault();
      if ((await all()).length && !confirm(words.leave)) { return; }
      await wipe();
      leaving.submit();
    }));

  /* The form and its parts are kept for when there is no network: nothing else is. */
  const prepare = async () => {
    if (!navigator.serviceWorker || !window.caches) { return; }
    const scope = words.shell.replace(/[^/]*$/, ""), worker = navigator.serviceWorker;
    const registered = worker.register(words.worker, { scope });
    registered.catch(() => {});
    if (!worker.controller) { await registered; }  // Otherwise an update may make it wait for seconds.
    const parts = [...document.querySelectorAll("link[rel=stylesheet],script[src]")];
    const wanted = [new URL(words.shell, location).href, ...parts.map((one) => one.href || one.src)];
    const cache = await caches.open("visits");
    await Promise.all(wanted.map(async (url) => {
      const answer = await fetch(url);
      if (answer.ok && !answer.redirected) { await cache.put(url, answer); }
    }));
    for (const old of await cache.keys()) {
      if (!wanted.includes(old.url)) { await cache.delete(old); }
    }
  };

  const begin = async () => {
    if (!account) { refuse(words.nobody); return; }
    const others = (await all()).filter((one) => one.account !== account);
    for (const one of others) { await drop(one.key); }  // Somebody else has signed in here.
    if (hasServer) { localStorage.setItem("visits", account); }
    if (!hasServer) { clear(); }
    const open = (await all()).filter((one) => one.state === "open").sort((a, b) => b.at - a.at);
    if (open.length && !isTyped()) { fill(open[0]); }
    addEventListener("online", () => {
      if (hasServer) { oneAtATime(sendWaiting); return; }
      if (!isTyped()) { location.replace(words.new); return; }
      say("");
      at("said").replaceChildren(link(words.new, words.back));
      at("said").hidden = false;
    });
    if (hasServer) { await oneAtATime(sendWaiting); } else { await showWaiting(); }
    if (hasServer) { await prepare(); }
    form.dataset.ready = "";
  };
  begin().catch(() => {});  // A browser that keeps nothing still has the plain form.
})();
