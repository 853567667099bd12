// Charts work without this, as links; it adds a readable tip, marking a time to look at closer, and keys.
"use strict";

(() => {
  const LEAST_DRAG_PX = 6;
  const SVG = "http://www.w3.org/2000/svg";
  const chartOf = (target) => (target instanceof Element ? target.closest("svg[data-zoom]") : null);
  const slotsOf = (chart) => [...chart.querySelectorAll(".slot")];
  const edgeOf = (slot, edge) => new URL(slot.getAttribute("href"), location.href).searchParams.get(edge);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  let drag = null;
  let justDragged = false;
  let keyed = null;

  function indexAt(chart, clientX) {
    const box = chart.getBoundingClientRect();
    const count = slotsOf(chart).length;
    return Math.max(0, Math.min(count - 1, Math.floor(((clientX - box.left) / box.width) * count)));
  }

  // The tip takes the title's words, so that the browser does not show them a second time.
  function wordsOf(slot) {
    const title = slot.querySelector("title");
    if (title) {
      slot.dataset.tip = title.textContent;
      slot.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    return slot.dataset.tip;
  }
  function showTip(chart, at) {
    const slot = slotsOf(chart)[at];
    if (!slot) return;
    tip.textContent = wordsOf(slot);
    const plot = chart.parentElement;
    if (tip.parentElement !== plot) plot.append(tip);
    const middle = ((at + 0.5) / slotsOf(chart).length) * plot.clientWidth;
    const isRight = middle > plot.clientWidth / 2;
    tip.style.left = isRight ? "auto" : `${middle + 10}px`;
    tip.style.right = isRight ? `${plot.clientWidth - middle + 10}px` : "auto";
  }

  function mark(chart, from, to) {
    const count = slotsOf(chart).length;
    let brush = chart.querySelector(".brush");
    if (!brush) {
      brush = document.createElementNS(SVG, "rect");
      brush.setAttribute("class", "brush");
      brush.setAttribute("height", "100");
      chart.append(brush);
    }
    const [first, last] = from < to ? [from, to] : [to, from];
    brush.setAttribute("x", String((first * 1000) / count));
    brush.setAttribute("width", String(((last - first + 1) * 1000) / count));
  }
  const unmark = () => document.querySelectorAll(".brush").forEach((brush) => brush.remove());

  function zoom(chart, from, to) {
    const slots = slotsOf(chart);
    const [first, last] = from < to ? [from, to] : [to, from];
    const url = new URL(chart.dataset.zoom, location.href);
    url.searchParams.set("start", edgeOf(slots[first], "start"));
    url.searchParams.set("end", edgeOf(slots[last], "end"));
    location.assign(url);
  }

  // In a split chart, the bar under the pointer narrows the traces to its value as well.
  function narrowed(chart, slot, event) {
    const url = new URL(slot.getAttribute("href"), location.href);
    const matrix = chart.getScreenCTM();
    if (!chart.dataset.by || !matrix) return url;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const layers = chart.closest(".is-stacked") ? [...chart.querySelectorAll(".layer[data-value]")] : [];
    const hit = layers.find((layer) => layer.isPointInFill(point));
    if (hit) url.searchParams.set(chart.dataset.by, hit.dataset.value);
    return url;
  }

  document.addEventListener("pointerdown", (event) => {
    const chart = chartOf(event.target);
    if (!chart || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    drag = { chart, x: event.clientX, from: indexAt(chart, event.clientX), isOn: false };
  });
  document.addEventListener("pointermove", (event) => {
    if (drag) {
      drag.isOn = drag.isOn || Math.abs(event.clientX - drag.x) > LEAST_DRAG_PX;
      if (drag.isOn) mark(drag.chart, drag.from, indexAt(drag.chart, event.clientX));
    }
    const chart = chartOf(event.target);
    if (chart) showTip(chart, indexAt(chart, event.clientX));
    else if (!keyed) tip.remove();
  });
  document.addEventListener("pointerup", (event) => {
    const done = drag;
    drag = null;
    if (!done || !done.isOn) return;
    justDragged = true;
    setTimeout(() => (justDragged = false), 0);
    zoom(done.chart, done.from, indexAt(done.chart, event.clientX));
  });
  document.addEventListener("pointercancel", () => { drag = null; unmark(); });
  document.addEventListener("dragstart", (event) => { if (chartOf(event.target)) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    const chart = chartOf(event.target);
    if (!chart) return;
    const slot = event.target.closest(".slot");
    if (justDragged) event.preventDefault();
    else if (slot && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      location.assign(narrowed(chart, slot, event));
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (drag || keyed)) { drag = null; keyed = null; unmark(); tip.remove(); return; }
    if (document.activeElement !== chartOf(event.target)) return;
    const chart = event.target;
    const last = slotsOf(chart).length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step !== undefined) {
      const at = Math.max(0, Math.min(last, (keyed ? keyed.at : step < 0 ? last + 1 : -1) + step));
      keyed = { at, from: event.shiftKey ? (keyed ? keyed.from : at) : at };
      mark(chart, keyed.from, keyed.at);
      showTip(chart, at);
    } else if (event.key === "Enter" && keyed) {
      if (keyed.from === keyed.at) location.assign(slotsOf(chart)[keyed.at].getAttribute("href"));
      else zoom(chart, keyed.from, keyed.at);
    } else return;
    event.preventDefault();
  });
  document.addEventListener("focusout", (event) => {
    if (chartOf(event.target) && keyed) { keyed = null; unmark(); tip.remove(); }
  });
})();
