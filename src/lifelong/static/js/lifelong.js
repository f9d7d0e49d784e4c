/* Small comforts on top of pages that work without them: search key, live QR, drafts, confirmation, error focus. */
(() => {
  "use strict";

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    const field = [...document.querySelectorAll("[data-search], .rail .search input")].find((one) => one.offsetParent);
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  /* Menus close on Escape and on a click elsewhere, and give the focus back. */
  const closeMenus = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });

  /* A form with data-confirm asks once, in a native dialog that says what will happen. */
  function ask(form, submitter) {
    const dialog = document.createElement("dialog");
    dialog.className = "confirm";
    const title = document.createElement("h2");
    title.id = "confirm-title";
    title.textContent = form.dataset.confirm;
    const row = document.createElement("div");
    row.className = "actions";
    const yes = document.createElement("button");
    yes.className = "btn btn--main";
    yes.textContent = (submitter && submitter.textContent.trim()) || "Do it";
    const no = document.createElement("button");
    no.className = "btn";
    no.textContent = "Go back";
    row.append(yes, no);
    dialog.append(title, row);
    dialog.setAttribute("aria-labelledby", title.id);
    document.body.append(dialog);
    dialog.addEventListener("close", () => { dialog.remove(); if (submitter) submitter.focus(); });
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => { form.dataset.confirmed = "yes"; dialog.close(); form.requestSubmit(submitter || undefined); });
    dialog.showModal();
    no.focus();
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && form.dataset.confirmed !== "yes") { event.preventDefault(); event.stopImmediatePropagation(); ask(form, event.submitter); }
  }, true);

  /* data-draft="key": what is typed stays in this browser until it is sent. Any other form keeps it in its tab, for who goes Back:
     pages are not stored (no-store), so the browser would show them empty. Passwords, files and hidden fields are never kept. */
  const kept = (form) => [...form.elements].filter((one) => one.name && !["password", "file", "hidden", "submit", "button"].includes(one.type) && one.autocomplete !== "off");
  const place = (form) => "lifelong-draft:" + (form.dataset.draft || location.pathname + "#" + [...document.forms].indexOf(form));
  const store = (form) => (form.dataset.draft ? localStorage : sessionStorage);
  const cameBack = (performance.getEntriesByType("navigation")[0] || {}).type === "back_forward";
  function restore(form) {
    let draft;
    try { draft = JSON.parse(store(form).getItem(place(form)) || "null"); } catch { return; }
    if (!draft || form.querySelector("[data-error-summary]")) return;
    const all = !form.dataset.draft; // what was typed replaces what the page came with
    const seen = {};
    for (const one of kept(form)) {
      const at = (seen[one.name] = (seen[one.name] ?? -1) + 1), typed = draft[one.name] && draft[one.name][at];
      if (["checkbox", "radio"].includes(one.type)) { if (draft[one.name]) one.checked = draft[one.name].includes(one.value); }
      else if (one.type === "select-multiple") { if (draft[one.name]) for (const option of one.options) option.selected = draft[one.name].includes(option.value); }
      else if (typed !== undefined && (all || (typed && !one.value))) one.value = typed;
    }
    tell(form, "What you typed earlier on this device is back.");
  }
  function tell(form, text) { const note = form.querySelector("[data-draft-note]"); if (note) note.textContent = text; }
  function keep(form) {
    const draft = {};
    for (const one of kept(form)) {
      if (["checkbox", "radio"].includes(one.type)) { draft[one.name] = draft[one.name] || []; if (one.checked) draft[one.name].push(one.value); }
      else if (one.type === "select-multiple") draft[one.name] = [...one.selectedOptions].map((option) => option.value);
      else (draft[one.name] = draft[one.name] || []).push(one.value); // several lines may share a name
    }
    try { store(form).setItem(place(form), JSON.stringify(draft)); if (form.dataset.draft) tell(form, "Kept on this device until you send it."); } catch { tell(form, ""); }
  }
  document.querySelectorAll("form[data-draft], form[method=post]").forEach((form) => {
    if (!kept(form).length) return;
    if (form.dataset.draft || cameBack) restore(form);
    let timer;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => keep(form), 400); });
    form.addEventListener("submit", () => { clearTimeout(timer); keep(form); });
  });
  /* The page after a successful save names the draft that is done: <meta name="draft-done" content="key">. */
  document.querySelectorAll('meta[name="draft-done"]').forEach((meta) => { try { localStorage.removeItem("lifelong-draft:" + meta.content); } catch { /* private window: nothing was kept */ } });
  /* Nothing typed stays behind for the next person at a shared computer. */
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches('form[action*="logout"]')) return;
    try {
      for (const store of [localStorage, sessionStorage]) Object.keys(store).filter((key) => key.startsWith("lifelong-draft:")).forEach((key) => store.removeItem(key));
    } catch { /* private window: nothing was kept */ }
  });

  /* A live QR: the server answers {"image_url", "code", "sentence"}; a lost line is said, not hidden. */
  document.querySelectorAll("[data-refresh]").forEach((box) => {
    const seconds = Math.max(2, Number(box.dataset.refreshSeconds) || 5);
    const note = box.querySelector("[data-refresh-note]");
    setInterval(async () => {
      if (document.hidden) return;
      try {
        const reply = await fetch(box.dataset.refresh, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (!reply.ok) throw new Error(String(reply.status));
        const now = await reply.json();
        const image = box.querySelector("img");
        if (now.image_url && image.getAttribute("src") !== now.image_url) image.src = now.image_url;
        const code = box.querySelector("[data-refresh-text]");
        if (now.code && code) code.textContent = now.code;
        if (note && note.textContent) note.textContent = "";
      } catch {
        if (note) note.textContent = "The connection is lost. This code may have run out; it comes back by itself.";
      }
    }, seconds * 1000);
  });

  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
  document.addEventListener("htmx:after:swap", () => { const fresh = document.querySelector("[data-error-summary]"); if (fresh) fresh.focus(); });
})();
