// What somebody does on a step is written down on their device first and sent then: once, in order, however often it
// takes. What the server refuses waits for its person and is never dropped. Without this script the forms just send.
"use strict";
(() => {
  const queue = document.getElementById("queue");
  const words = queue ? queue.dataset : {};
  const account = words.account;
  const DAY = 86400000;
  const pad = (number) => String(number).padStart(2, "0");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const clock = (iso) => {
    const at = new Date(iso);
    return `${pad(at.getHours())}:${pad(at.getMinutes())} ${pad(at.getDate())}/${pad(at.getMonth() + 1)}/${at.getFullYear()}`;
  };
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

  const saved = document.getElementById("saved");
  if (saved && document.documentElement.dataset.saved) {
    saved.textContent = fill(saved.dataset.words, { time: clock(document.documentElement.dataset.saved) });
    saved.hidden = false;
  }
  offlineList();
  if (!queue) return;

  // the store
  const open = () =>
    new Promise((yes, no) => {
      const asked = indexedDB.open("bangiao", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("outbox", { keyPath: "key" });
      asked.onsuccess = () => yes(asked.result);
      asked.onerror = () => no(asked.error);
    });
  async function store(mode, work) {
    const database = await open();
    return new Promise((yes, no) => {
      const done = database.transaction("outbox", mode, { durability: "strict" });
      const asked = work(done.objectStore("outbox"));
      done.oncomplete = () => (database.close(), yes(asked.result));
      done.onerror = done.onabort = () => (database.close(), no(done.error));
    });
  }
  const put = (entry) => store("readwrite", (all) => all.put(entry));
  const change = (key, values) =>
    store("readwrite", (all) => {
      const asked = all.get(key);
      asked.onsuccess = () => asked.result && all.put({ ...asked.result, ...values });
      return asked;
    });
  const drop = (key) => store("readwrite", (all) => all.delete(key));
  const entries = async () =>
    (await store("readonly", (all) => all.getAll())).sort((one, other) => (one.made < other.made ? -1 : 1));

  // sending
  function send(entry, token) {
    return new Promise((done) => {
      const body = new FormData(), asked = new XMLHttpRequest();
      for (const [name, value] of entry.fields) body.append(name, value);
      if (entry.tries) body.append("made_at", entry.made);
      asked.open("POST", entry.action);
      asked.setRequestHeader("Idempotency-Key", entry.key);
      asked.setRequestHeader("X-Form-Token", token);
      asked.upload.onprogress = (event) =>
        event.lengthComputable && event.total > 200000 && event.loaded < event.total &&
        say(fill(words.sending, { percent: Math.floor((event.loaded / event.total) * 4) * 25 }));
      asked.onload = () => done({ status: asked.status, address: asked.responseURL, text: asked.responseText });
      asked.onerror = asked.onabort = asked.ontimeout = () => done({ status: 0, address: "", text: "" });
      asked.send(body);
    });
  }

  async function token() {
    const answer = await fetch("/form-token", { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return "";
    if (!answer.ok) throw new Error("later");
    const told = await answer.json();
    return told.account === account ? told.token : "";
  }

  let signIn = false;
  async function pass() {
    const outcomes = new Map();
    const waiting = (await entries()).filter((one) => one.state === "waiting" && one.account === account);
    let ours;
    try {
      ours = waiting.length ? await token() : "none";
    } catch {
      ours = null;
    }
    signIn = ours === "";
    for (const entry of ours ? waiting : []) {
      const outcome = await send(entry, ours);
      if (outcome.status === 0 || outcome.status >= 500 || [408, 425, 429].includes(outcome.status)) break;
      if (new URL(outcome.address).pathname === "/sign-in") {
        signIn = true;
        break;
      }
      outcomes.set(entry.key, outcome);
      if (outcome.status < 400) await drop(entry.key);
      else await change(entry.key, { state: "refused", why: reason(outcome) });
    }
    for (const entry of waiting) if (!outcomes.has(entry.key)) await change(entry.key, { tries: entry.tries + 1 });
    await show();
    return outcomes;
  }

  function reason(outcome) {
    const page = new DOMParser().parseFromString(outcome.text, "text/html");
    const said = [...page.querySelectorAll(".refusal p, .refusal li, main > p")].map((one) => one.textContent.trim());
    return page.querySelector(".refusal") ? said.slice(0, page.querySelectorAll(".refusal p, .refusal li").length).join(" ") : said[0] || String(outcome.status);
  }

  let alone = Promise.resolve(new Map());
  function flush(ifAvailable = false) {
    if (navigator.locks) return navigator.locks.request("outbox", { ifAvailable }, (lock) => (lock ? pass() : new Map()));
    return (alone = alone.then(pass));
  }
  const flushQuietly = () => flush(true).catch(() => {});

  // the line on every page
  const status = queue.querySelector("[role=status]");
  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };
  async function show() {
    const all = await entries();
    const mine = all.filter((one) => one.account === account);
    const waiting = mine.filter((one) => one.state === "waiting"), refused = mine.filter((one) => one.state === "refused");
    const parts = [];
    if (waiting.length) parts.push(fill(words.waiting, { count: waiting.length }));
    if (refused.length) parts.push(fill(words.refused, { count: refused.length }));
    if (waiting.some((one) => Date.now() - Date.parse(one.made) > DAY)) parts.push(words.old);
    if (waiting.length && signIn) parts.push(words.signin);
    if (all.length > mine.length) parts.push(fill(words.others, { count: all.length - mine.length }));
    say(parts.join(" · "));
    queue.hidden = !parts.length;
    queue.querySelector("button").hidden = !waiting.length;
    queue.querySelector("[data-sign-in]").hidden = !(waiting.length && signIn);
    listed(all);
  }

  // a form of a step
  async function noted(form, button) {
    const fields = [];
    for (const [name, value] of new FormData(form)) {
      if (name === "token" || name === "once") continue;
      if (!(value instanceof File)) fields.push([name, value]);
      else if (value.name || value.size) {
        fields.push([name, new File([await value.arrayBuffer()], value.name, { type: value.type })]);
      }
    }
    return {
      key: form.dataset.key || fresh(),
      account,
      action: new URL((button && button.getAttribute("formaction")) || form.getAttribute("action"), location).pathname,
      what: (button && button.dataset.outbox) || form.dataset.outbox,
      about: form.dataset.about || document.title,
      page: location.pathname,
      made: new Date().toISOString(),
      tries: 0,
      state: "waiting",
      fields,
    };
  }

  addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.getAttribute("action") === "/sign-out") return leaving(event, form);
    if (!form.dataset.outbox) return;
    event.preventDefault();
    if (form.inert) return;
    form.inert = true;
    let entry;
    try {
      entry = await noted(form, event.submitter);
      await put(entry);
    } catch {
      if (entry) form.action = entry.action;
      form.inert = false;
      return form.submit();
    }
    await show();
    const outcome = (await flush().catch(() => new Map())).get(entry.key);
    if (outcome && outcome.status < 400) return location.assign(outcome.address);
    if (outcome && outcome.text.includes('class="refusal"')) return again(entry, outcome);
    if (outcome) return location.assign("/outbox");
    const note = document.createElement("p");
    note.className = "note";
    note.setAttribute("role", "status");
    form.after(note);
    note.textContent = fill(words.kept, { time: clock(entry.made) });
  });

  function again(entry, outcome) {
    const page = new DOMParser().parseFromString(outcome.text, "text/html");
    document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
    for (const once of document.querySelectorAll("input[name=once]")) if (once.value === entry.key) once.form.dataset.key = entry.key;
    document.querySelector(".refusal").focus();
  }

  async function leaving(event, form) {
    if (form.dataset.sure) return;
    event.preventDefault();
    const count = (await entries().catch(() => [])).length;
    if (count && !confirm(fill(words.leaving, { count }))) return;
    form.dataset.sure = "yes";
    form.submit();
  }

  // the page of the queue
  function listed(all) {
    const page = document.getElementById("outbox-page");
    if (!page) return;
    page.querySelector("[data-none]").hidden = all.length > 0;
    for (const state of ["refused", "waiting"]) {
      const these = all.filter((one) => one.state === state), part = page.querySelector(`[data-part=${state}]`);
      part.hidden = !these.length;
      part.querySelector("ul").replaceChildren(...these.map((one) => item(page, one)));
    }
  }

  function item(page, entry) {
    const made = page.querySelector("template").content.cloneNode(true), put_in = (name, text) => (made.querySelector(`[data-${name}]`).textContent = text);
    const files = entry.fields.filter(([, value]) => value instanceof File).map(([, value]) => value.name);
    put_in("what", `${entry.what}: ${entry.about}`);
    made.querySelector("[data-what]").href = entry.page;
    put_in("made", [clock(entry.made), ...files, entry.account === account ? "" : entry.account].filter(Boolean).join(" · "));
    put_in("why", entry.why || "");
    const theirs = entry.account !== account, [retry, discard] = made.querySelectorAll("button");
    retry.hidden = theirs;
    retry.onclick = async () => {
      await change(entry.key, { state: "waiting", why: "" });
      await flush();
    };
    discard.onclick = async () => {
      if (!confirm(fill(page.dataset.discard, { what: `${entry.what}: ${entry.about}` }))) return;
      await drop(entry.key);
      await show();
    };
    return made;
  }

  // the page for what was never seen: what was
  async function offlineList() {
    const list = document.getElementById("seen-pages");
    if (!list || !self.caches) return;
    const pages = await caches.open("pages-1");
    for (const request of await pages.keys()) {
      const url = new URL(request.url), text = await (await pages.match(request)).text();
      if (["/offline", "/outbox"].includes(url.pathname)) continue;
      const link = document.createElement("a"), row = document.createElement("li");
      link.href = url.pathname + url.search;
      link.textContent = new DOMParser().parseFromString(text, "text/html").title.replace(" – bangiao", "");
      row.append(link);
      list.append(row);
    }
  }

  async function worker() {
    if (!("serviceWorker" in navigator)) return;
    if (localStorage.account !== account) await caches.delete("pages-1");
    localStorage.account = account;
    await navigator.serviceWorker.register("/worker.js");
    const ready = await navigator.serviceWorker.ready;
    const first = !navigator.serviceWorker.controller || !(await caches.match("/outbox"));
    if (first) ready.active.postMessage({ keep: [location.pathname + location.search, "/outbox"] });
  }

  queue.querySelector("button").addEventListener("click", () => flush());
  addEventListener("online", flushQuietly);
  addEventListener("pageshow", flushQuietly);
  addEventListener("visibilitychange", () => document.visibilityState === "visible" && flushQuietly());
  setInterval(() => !queue.hidden && document.visibilityState === "visible" && flushQuietly(), 30000);
  show().catch(() => {});
  worker().catch(() => {});
})();
