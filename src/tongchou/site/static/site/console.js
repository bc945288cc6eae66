// Keys, rows, dialogs and progress of the console. Pages work without it; it makes them quick.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const writing = (target) => target.matches("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]");

  // rows: one is selected, j k and the arrows move, Enter opens its first link
  const rows = () => $$("table.rows tbody tr[data-href], table.rows tbody tr:has(a[href])");
  const selected = () => $("table.rows tr[aria-selected=true]");
  const select = (row) => {
    selected()?.removeAttribute("aria-selected");
    if (!row) return;
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    // the focus goes along, so that Enter and the space bar act on the row that is marked
    const now = document.activeElement;
    if (now.closest("table.rows tbody tr") && !row.contains(now)) ($(now.localName, row) ?? $("a[href], button", row))?.focus();
  };
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(selected());
    select(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
  };
  const open = (row) => (location.href = row.dataset.href || $("a[href]", row).href);

  const follow = (selector) => {
    const target = $(selector);
    if (target) target.click();
    return Boolean(target);
  };

  // an open menu is closed, and whoever was in it is back at what opened it
  const closeMenus = () => {
    const menus = $$("details.menu[open]");
    for (const menu of menus) { menu.open = false; $("summary", menu)?.focus(); }
    return menus.length > 0;
  };

  // after a refusal the first field at fault has the focus; where none is at fault, what was said
  const shown = (part) => part.offsetParent !== null;
  const toFault = (root) => {
    if ($("dialog[open]")) return;
    const field = $$("[aria-invalid=true]", root).find((one) => one.tomselect || shown(one));
    const said = field ? null : $$(".form-errors", root).find(shown);
    if (said) said.tabIndex = -1;
    (field?.tomselect ?? field ?? said)?.focus();
  };

  // a part of the page that was fetched anew takes the focus with it: it goes to what stands in the same place
  let held = null;
  const hold = () => {
    const now = document.activeElement;
    held = now && now !== document.body ? { id: now.id, rel: now.rel, name: now.name, words: now.textContent.trim() } : null;
  };
  const takeUp = () => {
    if (!held || document.activeElement !== document.body) return;
    const { id, rel, name, words } = held;
    const same = (one) => (rel ? one.rel === rel : name ? one.name === name : one.textContent.trim() === words);
    const all = $$("main a[href], main button, main summary, main input:not([type=hidden]), main select, main textarea");
    ((id && document.getElementById(id)) || all.find(same) || $("main table.rows a[href], main a[href]"))?.focus();
  };

  let chapterKey = 0;
  const plain = {
    "/": () => { const box = $("#search"); box?.focus(); box?.select(); return box; },
    "j": () => step(1), "ArrowDown": () => step(1),
    "k": () => step(-1), "ArrowUp": () => step(-1),
    "n": () => follow("[data-key=new]"),
    "e": () => follow("[data-key=edit]"),
    "?": () => $("#keys")?.showModal(),
    "g": () => { chapterKey = Date.now(); },
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      const form = event.target.form ?? $("form[data-save]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.key === "F2" && event.target.matches("[data-look-up]")) {
      event.preventDefault();
      event.target.dispatchEvent(new Event("look-up", { bubbles: true }));
      return;
    }
    if (event.key === "Escape" && closeMenus()) return;
    if (event.key === "Escape" && writing(event.target)) return event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target) || $("dialog[open]")) return;
    if (event.key === "Enter" && selected() && !event.target.closest("a, button, summary")) return open(selected());
    if (chapterKey && Date.now() - chapterKey < 1500) {
      chapterKey = 0;
      if (follow(`.nav-side [data-chapter="${CSS.escape(event.key)}"]`)) event.preventDefault();
      return;
    }
    const act = plain[event.key];
    if (!act || (event.key.startsWith("Arrow") && !rows().length)) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("table.rows tbody tr");
    if (row && !event.target.closest("a, button, input, label, summary")) select(row);
    if (event.target.closest("[data-fold-nav]")) {
      const narrow = document.documentElement.classList.toggle("nav-narrow");
      localStorage.setItem("nav", narrow ? "narrow" : "wide");
    }
    if (event.target.closest("[data-show-keys]")) $("#keys")?.showModal();
    if (event.target.closest("[data-close]") || event.target.matches("dialog")) event.target.closest("dialog")?.close();
    const unfold = event.target.closest("[data-unfold]");
    if (unfold) $$("details", $(unfold.dataset.unfold)).forEach((part) => { part.open = unfold.dataset.open !== "no"; });
    const print = event.target.closest("[data-print]");
    if (print) window.print();
    const login = event.target.closest("[data-login]");
    if (login) { $("#id_username").value = login.dataset.login; $("#id_password").value = login.dataset.password; $("#id_password").form.requestSubmit(); }
    const fill = event.target.closest("[data-fill]");
    if (fill) {
      const values = JSON.parse(fill.dataset.fill);
      for (const [name, value] of Object.entries(values)) $(`[name=${name}]`).value = value;
      $("#proof").requestSubmit();
    }
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("dblclick", (event) => {
    // what answers to a click of its own keeps it: leaving here would break off the form that a button just sent
    if (event.target.closest("a, button, input, label, select, summary, textarea")) return;
    const row = event.target.closest("table.rows tbody tr");
    if (row && rows().includes(row)) open(row);
  });

  // a code or a name typed whole is completed to what the list of the field says of it
  const complete = (field) => {
    const text = field.value.trim();
    const fitting = text ? [...(field.list?.options ?? [])].filter(({ value }) => value.split(/[ (]/).includes(text)) : [];
    if (fitting.length === 1) field.value = fitting[0].value;
  };
  const completed = new WeakSet();
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-look-up]")) return;
    complete(event.target);
    completed.add(event.target);
  });
  document.addEventListener("input", (event) => completed.delete(event.target));

  // bulk selection: the box in the head takes all boxes of the page
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      $$("input[name=pick]", event.target.closest("table")).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-go]")) location.href = event.target.value;
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // a table of a form: rows are copied from its template and taken away; Alt-N adds one
  const renumber = (table) => $$("[data-row-number]", table).forEach((told, at) => { told.textContent = at + 1; });
  const addRow = (table) => {
    const places = $$(":scope > [data-row]", table).map((row) => Number(row.dataset.row));
    const html = $("template", table).innerHTML.replaceAll("row-__", `row-${Math.max(-1, ...places) + 1}`);
    const holder = document.createElement("div");
    holder.innerHTML = html.replaceAll("__", Math.max(-1, ...places) + 1);
    const row = holder.firstElementChild;
    $("template", table).before(row);
    renumber(table);
    $("input:not([type=hidden]), select, textarea", row)?.focus();
  };
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (!add && !remove) return;
    event.preventDefault();
    const table = (add || remove).closest("[data-rows]");
    if (add) return addRow(table);
    remove.closest("[data-row]").remove();
    renumber(table);
    table.dispatchEvent(new Event("input", { bubbles: true }));
    $("[data-add-row]", table).focus();
  });
  document.addEventListener("keydown", (event) => {
    const table = event.altKey && event.key.toLowerCase() === "n" && $("[data-rows]");
    if (table) { event.preventDefault(); addRow(table); }
  });

  // a form left unfinished is kept in this tab until it has been taken, and where the form names an address, there too
  const draftKey = (form) => `draft:${location.pathname}:${form.dataset.draft}`;
  const kept = new WeakSet(); // a part of the page that is exchanged, as the choices of a field, begins no form again
  const keepDrafts = (root) => {
    const forms = $$("form[data-draft]", root);
    const sent = sessionStorage.getItem("draft-sent");
    if (sent) {
      if (!forms.some((form) => draftKey(form) === sent)) sessionStorage.removeItem(sent);
      sessionStorage.removeItem("draft-sent");
    }
    for (const form of forms) {
      if (kept.has(form)) continue;
      kept.add(form);
      const left = JSON.parse(sessionStorage.getItem(draftKey(form)) || "{}");
      for (const field of form.elements) {
        if (field.autocomplete === "one-time-code" || field.type === "hidden") continue;
        if (field.name in left && !field.value && field.type !== "password" && field.type !== "file") field.value = left[field.name];
      }
      form.addEventListener("input", () => {
        const values = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
        sessionStorage.setItem(draftKey(form), JSON.stringify(Object.fromEntries(values)));
      });
      form.addEventListener("submit", () => sessionStorage.setItem("draft-sent", draftKey(form)));
      if (form.dataset.draftUrl) keepOnServer(form);
    }
  };
  const keepOnServer = (form) => {
    let waiting = 0, sending = false, again = false;
    const said = $("[data-draft-said]", form);
    const send = async () => {
      if (sending) { again = true; return; }
      sending = true;
      try {
        const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
        const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
        if (told.version) form.elements.draft_version.value = told.version;
        if (said && told.said) said.textContent = told.said;
      } catch {
        if (said) said.textContent = form.dataset.draftOffline;
        again = true;
      }
      sending = false;
      if (again) { again = false; clearTimeout(waiting); waiting = setTimeout(send, 5000); }
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(send, 2000); });
    form.addEventListener("submit", () => { clearTimeout(waiting); again = false; });
  };

  // a list that was left is found again as it was, with filter and page, by the breadcrumb of what it led to
  const listKey = (path) => `list:${path}`;
  addEventListener("pagehide", () => {
    if (!$("#rows")) return;
    if (location.search) sessionStorage.setItem(listKey(location.pathname), location.search);
    else sessionStorage.removeItem(listKey(location.pathname));
  });
  const leadBack = () => {
    for (const crumb of $$(".crumbs a[href]")) {
      const left = sessionStorage.getItem(listKey(crumb.pathname));
      if (left && !crumb.search) crumb.search = left;
    }
  };

  // a part of the page that is asked for anew: what was written since, or was not sent along, stays written
  const isBox = (field) => field.matches("[type=checkbox], [type=radio]");
  const named = (field) => (isBox(field) ? `${field.name}=${field.value}` : field.name);
  const entered = (field) => (isBox(field) ? field.checked : field.value);
  const served = (field) => {
    if (isBox(field)) return field.defaultChecked;
    return field.options ? ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value : field.defaultValue;
  };
  const fields = (root) => $$("input[name]:not([type=hidden], [type=file]), select[name], textarea[name]", root);
  const enter = (field, value) => {
    if (isBox(field)) field.checked = value;
    else if (!field.options || [...field.options].some((one) => one.value === value)) field.value = value;
  };
  const asked = new WeakMap();
  const written = new WeakMap();
  const latest = new WeakMap();
  const isUnderWay = ({ ctx }) => ["created", "queued", "issuing"].includes(ctx.status);
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    // Enter in a filter changes it and sends it: one question, asked once
    const address = `${ctx.request.action}?${new URLSearchParams(ctx.request.body)}`;
    const before = latest.get(ctx.sourceElement);
    if (ctx.request.method === "GET" && before?.address === address && isUnderWay(before)) return event.preventDefault();
    latest.set(ctx.sourceElement, { address, ctx });
    if (!ctx.target || new URL(ctx.request.action, location.href).pathname !== location.pathname) return;
    const sent = (field) => ctx.request.body.has(field.name);
    asked.set(ctx, new Map(fields(ctx.target).map((field) => [named(field), sent(field) ? entered(field) : served(field)])));
  });
  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    const known = asked.get(ctx);
    if (known) written.set(tasks[0], fields(tasks[0].target).filter((field) => known.get(named(field)) !== entered(field)));
  });
  document.addEventListener("htmx:before:settle", ({ detail: { task, newContent } }) => {
    const left = new Map((written.get(task) ?? []).map((field) => [named(field), field]));
    for (const field of newContent.flatMap((part) => (part.matches ? fields(part) : []))) {
      const before = left.get(named(field));
      if (!before) continue;
      enter(field, entered(before));
      if (before.closest("details")?.open) field.closest("details")?.setAttribute("open", "");
    }
  });

  // what htmx is doing
  const working = $("#working");
  document.addEventListener("htmx:before:request", () => { hold(); working?.removeAttribute("hidden"); });
  document.addEventListener("htmx:finally:request", () => working?.setAttribute("hidden", ""));
  document.addEventListener("htmx:error", () => {
    const told = $("#trouble");
    if (told) told.hidden = false;
  });
  const begin = (root) => { keepDrafts(root); window.charts?.(root); };
  document.addEventListener("htmx:after:settle", () => {
    begin(document);
    takeUp();
    // the list may have come after the field was left
    for (const field of $$("[data-look-up]")) if (completed.has(field)) complete(field);
  });
  document.addEventListener("DOMContentLoaded", () => { begin(document); leadBack(); toFault(document); });
})();
