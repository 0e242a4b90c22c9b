/* Keeps the answers on this phone until they are sent. Pages work without it. */
"use strict";
(() => {
  const form = document.getElementById("rating"), errors = document.querySelector(".errs");
  let store;
  try { store = sessionStorage; store.getItem(""); } catch (e) { store = null; }
  if (form && "shared" in form.dataset) { store = null; }

  /* A scanned code stands behind the #, where no log sees it: hand it in. */
  const open = () => {
    const code = location.hash.slice(1), asked = document.createElement("form");
    if (code.length < 16) { return false; }
    history.replaceState(null, "", location.pathname);
    asked.method = "post";
    asked.action = "/r";
    asked.innerHTML = "<input type=hidden name=code>";
    asked.firstChild.value = code;
    document.body.appendChild(asked).submit();
    return true;
  };
  addEventListener("hashchange", open);
  if (open()) { return; }
  if (errors) { errors.focus(); }
  if (!store) { return; }

  /* What was sent is not shown again, neither to its rater nor to who comes next. */
  document.querySelectorAll("[data-sent]").forEach((one) => store.setItem(one.dataset.sent, "sent"));
  if (!form) { return; }
  const key = form.dataset.key, filled = "filled" in form.dataset;
  const fields = [...form.querySelectorAll("fieldset input,textarea")];
  /* A reload asks for the page instead of sending the last form again. */
  if (navigator.cookieEnabled) { history.replaceState(null, "", "/r"); }

  const keep = () => store.setItem(key, JSON.stringify(fields.map((f) => [f.checked, f.value])));
  addEventListener("pageshow", (event) => {
    const text = store.getItem(key), sent = text === "sent";
    if (sent) { store.removeItem(key); }
    if (sent && event.persisted) { location.replace("/r"); return; }
    if (!text || (filled && !sent)) { return; }
    const kept = sent ? [] : JSON.parse(text);
    fields.forEach((f, i) => {
      const [checked, value] = kept[i] || [false, ""];
      f.checked = checked;
      if (/text|tel/.test(f.type)) { f.value = value; }
    });
  });
  form.addEventListener("input", keep);
  if (filled && store.getItem(key) !== "sent") { keep(); }
})();
