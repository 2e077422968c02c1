// Numbers change by themselves while a page is looked at; nothing else on it moves. Without this, a reload does the same.
(() => {
  const root = document.querySelector("[data-live-from]");
  if (!root || !window.EventSource) return;
  const every = (name, value) => [...document.querySelectorAll(`[data-live${name}]`)].filter((one) => !value || one.dataset.live === value);
  let source, first, waits;
  const show = (said) => {
    for (const [name, words] of Object.entries(said.text))
      for (const one of every("", name)) if (one.textContent !== words) one.textContent = words;
    for (const one of every("", "as-of")) one.textContent = said.at;
    if (said.part) for (const one of every("-part")) [one.value, one.max] = said.part;
    if (said.done) for (const one of every("-done")) one.dispatchEvent(new Event("refresh"));
    const now = JSON.stringify(said.text);
    first ??= now;
    for (const one of every("-newer")) one.hidden = first === now;
  };
  const close = () => { clearTimeout(waits); source?.close(); source = null; };
  const open = () => {
    close();
    if (document.hidden) return;
    source = new EventSource(root.dataset.liveFrom);
    source.addEventListener("numbers", (event) => show(JSON.parse(event.data)));
    source.addEventListener("over", close);
    source.onerror = () => { if (source?.readyState === 2) waits = setTimeout(open, 30000 + 30000 * Math.random()); };
  };
  document.addEventListener("visibilitychange", open);
  addEventListener("pagehide", close);
  open();
})();
