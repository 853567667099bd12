// Live: follows the list of traces. Each event brings a row as the server drew it; without this the list is as it was.
"use strict";

(() => {
  const MOST_ROWS = 200;
  const COME_BACK_MS = 3000;
  const find = (selector) => document.querySelector(selector);

  let isOn = false;
  let source = null;
  let lastId = "";
  let arrived = 0;
  let returning;

  function say(words) {
    const said = find("[data-live-said]");
    if (said) said.textContent = words;
  }
  function shut() {
    clearTimeout(returning);
    if (source) source.close();
    source = null;
  }
  function open() {
    shut();
    const place = find("[data-live]");
    if (!isOn || !place || document.hidden) return;
    const address = new URL(place.dataset.live, location.href);
    if (lastId) address.searchParams.set("after", lastId);
    source = new EventSource(address);
    source.addEventListener("trace", (event) => add(event.data, event.lastEventId));
    source.addEventListener("cut", () => say("More comes than fits here; narrow the filters"));
    source.addEventListener("trouble", (event) => say(event.data));
    // A browser comes back to a stream that ended; not to one that was refused.
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) returning = setTimeout(open, COME_BACK_MS);
    });
  }

  function add(text, id) {
    lastId = id;
    const rows = find("table.traces > tbody");
    if (!rows) return void htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML" });
    const holder = document.createElement("template");
    holder.innerHTML = text;
    const row = holder.content.querySelector("tr");
    if (!row) return undefined;
    const known = rows.querySelector(`tr[data-trace="${CSS.escape(row.dataset.trace)}"]`);
    if (known) {
      const isFocused = known.contains(document.activeElement);
      row.querySelector("input[name=mark]").checked = known.querySelector("input[name=mark]").checked;
      known.replaceWith(row);
      if (isFocused) row.querySelector("[data-open]").focus();
    } else {
      row.classList.add("is-new");
      rows.prepend(row);
      arrived += 1;
      say(`${arrived.toLocaleString("en")} new`);
    }
    while (rows.rows.length > MOST_ROWS) rows.rows[rows.rows.length - 1].remove();
    return undefined;
  }

  function show() {
    const button = find("[data-live-button]");
    if (!button) return;
    button.hidden = false;
    button.setAttribute("aria-pressed", String(isOn));
    button.textContent = isOn ? "Pause" : lastId ? "Resume" : "Live";
  }
  // What the page holds was asked for anew: it knows all that came before.
  function begin() {
    lastId = "";
    arrived = 0;
    show();
    open();
  }

  // The text of times grows old while the list is followed.
  const STEPS = [[31536000, "y"], [2592000, "mo"], [86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  function ago(time) {
    const seconds = Math.floor((Date.now() - Date.parse(time)) / 1000);
    const step = STEPS.find(([size]) => seconds >= size);
    return step ? `${Math.floor(seconds / step[0])} ${step[1]} ago` : "now";
  }
  setInterval(() => {
    if (!isOn || document.hidden) return;
    for (const time of document.querySelectorAll("table.traces time")) time.textContent = ago(time.dateTime);
  }, 1000);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-live-button]")) return;
    isOn = !isOn;
    show();
    if (isOn) open();
    else shut();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? shut() : open()));
  addEventListener("pagehide", shut);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "main" || event.detail.elt.id === "main") begin();
  });
  addEventListener("DOMContentLoaded", begin);
})();
