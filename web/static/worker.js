// The service worker: files of ours from the cache, pages from the network and, without one, as they were last seen.
// It never answers for a form and keeps nothing but pages somebody has opened. Signing out clears all of it.
"use strict";
const PAGES = "pages-1", FILES = "files-1", OFFLINE = "/offline", MOST_PAGES = 80, PATIENCE = 8000;
const KEPT = /^\/($|work$|outbox$|units\/|steps\/|minutes\/)/;

const timeUp = () => new Promise((_, no) => setTimeout(() => no(new Error("slow")), PATIENCE));

function keyOf(address) {
  const url = new URL(address, location.origin);
  url.searchParams.delete("receipt");
  url.hash = "";
  return url.pathname + url.search;
}

async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(FILES)).put(request, answer.clone());
  return answer;
}

async function keep(key, answer) {
  const html = (answer.headers.get("content-type") || "").startsWith("text/html");
  if (!answer.ok || answer.redirected || !html) return;
  const headers = new Headers(answer.headers);
  headers.set("x-saved", new Date().toISOString());
  const pages = await caches.open(PAGES);
  await pages.put(key, new Response(await answer.blob(), { headers }));
  const keys = (await pages.keys()).filter((one) => ![OFFLINE, "/outbox"].includes(new URL(one.url).pathname));
  for (const old of keys.slice(0, -MOST_PAGES)) await pages.delete(old);
}

async function fetchAndKeep(address) {
  const answer = await fetch(address, { cache: "reload" });
  const text = await answer.clone().text();
  await keep(keyOf(address), answer);
  for (const one of new Set(text.match(/\/static\/[^"'\s]+/g))) await file(new Request(one)).catch(() => {});
}

async function saved(key) {
  const pages = await caches.open(PAGES);
  const kept = (await pages.match(key)) || (await pages.match(OFFLINE));
  if (!kept) return Response.error();
  const at = new URL(kept.url || key, location.origin).pathname === OFFLINE ? "" : kept.headers.get("x-saved");
  const text = (await kept.text()).replace("<html ", `<html data-saved="${at}" `);
  return new Response(text, { headers: kept.headers });
}

async function page(event) {
  const key = keyOf(event.request.url);
  const has = KEPT.test(new URL(event.request.url).pathname) && (await (await caches.open(PAGES)).match(key));
  try {
    const asked = fetch(event.request);
    const answer = await (has ? Promise.race([asked, timeUp()]) : asked);
    if (has && answer.status > 501 && answer.status < 505) throw new Error("down");
    if (KEPT.test(new URL(event.request.url).pathname)) event.waitUntil(keep(key, answer.clone()).catch(() => {}));
    return answer;
  } catch {
    return saved(key);
  }
}

addEventListener("install", (event) => event.waitUntil(fetchAndKeep(OFFLINE).then(() => skipWaiting())));
addEventListener("activate", (event) =>
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((one) => ![PAGES, FILES].includes(one)).map((one) => caches.delete(one))))
      .then(() => clients.claim()),
  ),
);
addEventListener("message", (event) => {
  const wanted = (event.data.keep || []).filter((one) => KEPT.test(new URL(one, location.origin).pathname));
  const all = wanted.map((one) => fetchAndKeep(one).catch(() => {}));
  event.waitUntil(Promise.all(all));
});
addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate") event.respondWith(page(event));
});
