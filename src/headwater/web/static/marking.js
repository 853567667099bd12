// Marking: counts and sums the marked rows of a list, marks ranges and pages. Without this the boxes and the bar work as a form.
"use strict";

(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const boxes = () => [...document.querySelectorAll('input[name="mark"][form="bulk"]')];
  let last = null;

  const count = (number) => number.toLocaleString("en");
  function money(value) {
    if (value === 0) return "$0";
    return value < 0.01 ? `$${value.toPrecision(2)}` : `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  }
  function tokens(value) {
    return Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
  }

  // What is meant, as each box tells it of itself; of all that match the server told the sums.
  function sum() {
    const whole = find('#bulk input[name="all"]');
    const meant = whole && whole.checked ? [whole] : boxes().filter((box) => box.checked);
    const known = meant.filter((box) => box.dataset.cost !== "");
    const add = (name) => meant.reduce((total, box) => total + Number(box.dataset[name] || 0), 0);
    return {
      isAll: Boolean(whole && whole.checked),
      things: whole && whole.checked ? Number(whole.dataset.count) : meant.length,
      cost: known.length ? known.reduce((total, box) => total + Number(box.dataset.cost), 0) : null,
      lacking: add("lacking"),
      tokens: add("tokens"),
    };
  }
  function show() {
    const bar = find("#bulk");
    if (!bar) return;
    const all = boxes();
    const marked = all.filter((box) => box.checked).length;
    const head = find("[data-mark-all]");
    if (head) {
      head.hidden = false;
      head.checked = all.length > 0 && marked === all.length;
      head.indeterminate = marked > 0 && marked < all.length;
    }
    for (const box of all) box.closest("tr").classList.toggle("is-marked", box.checked);
    const said = sum();
    const thing = bar.dataset.bulk;
    find("[data-bulk-count]", bar).textContent = `${said.isAll ? "All " : ""}${count(said.things)} ${said.things === 1 ? thing.slice(0, -1) : thing} selected`;
    const cost = said.cost === null ? "cost unknown" : `${money(said.cost)}${said.lacking ? ` + ${count(said.lacking)} unpriced` : ""}`;
    const more = find("[data-bulk-more]", bar);
    more.textContent = said.things ? ` · ${cost}` : "";
    more.title = `${tokens(said.tokens)} tokens, input and output`;
    find("[data-bulk-clear]", bar).hidden = false;
  }
  function clear() {
    for (const box of [...boxes(), ...document.querySelectorAll('#bulk input[name="all"]')]) box.checked = false;
    last = null;
    show();
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest('input[name="mark"]');
    if (box) {
      const all = boxes();
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
        for (const between of all.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
    }
    if (event.target.closest("[data-bulk-clear]")) clear();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-mark-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches('[data-mark-all], input[name="mark"], #bulk input[name="all"]')) show();
  });
  // A click beside the box, within its cell, is meant for it.
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("td.c-mark");
    if (!cell || event.target.closest("input")) return;
    event.stopImmediatePropagation();
    find("input", cell).click();
  }, true);
  // Keys work within the bar's menus as in any form; Enter is meant for the button beside the field.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("#bulk .menu-body input")) return;
    event.preventDefault();
    find("button[name=do]", event.target.closest(".menu-body")).click();
  });
  // A file is a download: the page stays, and so does what was marked.
  document.addEventListener("htmx:afterSettle", show);
  addEventListener("DOMContentLoaded", show);
  addEventListener("pageshow", show);
})();
