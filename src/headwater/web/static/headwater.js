// The pages work without this; it adds keys, copying, folding and the tree's manners. No dependencies but htmx.
"use strict";

(() => {
  const UNLOAD_AFTER_PX = 6000;
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isTyping = (target) => target.closest("input, select, textarea, [contenteditable]");

  // Saying something, to eyes and screen readers alike.
  let quietAgain;
  function say(words) {
    const said = find("#said");
    said.textContent = words;
    said.classList.add("is-on");
    clearTimeout(quietAgain);
    quietAgain = setTimeout(() => said.classList.remove("is-on"), Math.max(1600, words.length * 60));
  }
  if (find("#said").dataset.said) say(find("#said").dataset.said);

  // Copying.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Browsers give the clipboard's API only to https and localhost.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say("Copied");
  }
  function pairsAsJson(table) {
    const read = (cell) => (find("pre", cell) || cell).textContent.trim();
    return JSON.stringify(Object.fromEntries(all("tr", table).map((line) => [find("th", line).textContent, read(find("td", line))])), null, 2);
  }
  function copiedText(button) {
    const data = button.dataset;
    if (data.copyPairs !== undefined) return pairsAsJson(button.parentElement.nextElementSibling);
    if (button.closest(".message > header")) return button.closest("header").nextElementSibling.innerText;
    if (data.copy !== undefined) return data.copy;
    if (data.copyLink !== undefined) return new URL(data.copyLink, location.href).href;
    if (data.copyFrom !== undefined) return find(data.copyFrom).textContent;
    const body = button.parentElement.nextElementSibling;
    return body ? body.innerText : "";
  }

  // Rows of lists: the whole row opens what its name links to.
  function moveInList(step) {
    const links = all("[data-open]");
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement);
    const next = links[Math.max(0, Math.min(links.length - 1, at + step))] || links[0];
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
    return true;
  }

  // The tree: one row is in the tab order; arrows move, fold and unfold.
  const rows = () => all(".row:not([hidden])");
  const depth = (row) => Number(row.dataset.depth);
  function focusRow(row) {
    if (!row) return;
    all('.row[tabindex="0"]').forEach((other) => (other.tabIndex = -1));
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  function pickRow(row) {
    all('.row[aria-selected="true"]').forEach((other) => {
      other.setAttribute("aria-selected", "false");
      other.classList.remove("is-picked");
    });
    row.setAttribute("aria-selected", "true");
    row.classList.add("is-picked");
    find("#tree").dataset.picked = row.dataset.span;
  }
  function applyFolds() {
    let foldedAt = Infinity;
    for (const row of all(".row")) {
      if (depth(row) <= foldedAt) foldedAt = Infinity;
      row.hidden = foldedAt !== Infinity;
      if (!row.hidden && row.getAttribute("aria-expanded") === "false") foldedAt = depth(row);
    }
  }
  function fold(row, isOpen) {
    if (!row.hasAttribute("aria-expanded")) return;
    row.setAttribute("aria-expanded", String(isOpen));
    applyFolds();
  }
  function moveInTree(row, key) {
    const shown = rows();
    const at = shown.indexOf(row);
    const moves = {
      ArrowDown: () => focusRow(shown[at + 1]),
      ArrowUp: () => focusRow(shown[at - 1]),
      j: () => focusRow(shown[at + 1]),
      k: () => focusRow(shown[at - 1]),
      Home: () => focusRow(shown[0]),
      End: () => focusRow(shown[shown.length - 1]),
      ArrowRight: () => (row.getAttribute("aria-expanded") === "false" ? fold(row, true) : focusRow(shown[at + 1])),
      ArrowLeft: () => {
        if (row.getAttribute("aria-expanded") === "true") return fold(row, false);
        return focusRow(shown.slice(0, at).reverse().find((other) => depth(other) < depth(row)));
      },
      " ": () => row.click(),
    };
    if (!moves[key]) return false;
    moves[key]();
    return true;
  }

  // A giant tree gives back what is far out of sight: its chunk becomes an empty place of the same height again.
  function unloadFarChunks() {
    const tree = find("#tree");
    if (!tree || all(".chunk:not(.is-waiting)", tree).length < 8 || find('.row[aria-expanded="false"]', tree)) return;
    for (const chunk of all(".chunk:not(.is-waiting)", tree)) {
      const place = chunk.getBoundingClientRect();
      const isFar = place.bottom < -UNLOAD_AFTER_PX || place.top > innerHeight + UNLOAD_AFTER_PX;
      if (!isFar || find('[aria-selected="true"], :focus', chunk)) continue;
      const empty = document.createElement("div");
      const url = new URL(location.pathname + "/spans", location.href);
      const project = new URLSearchParams(location.search).get("project");
      if (project) url.searchParams.set("project", project);
      url.searchParams.set("offset", chunk.dataset.offset);
      const set = { class: "chunk is-waiting", role: "presentation", "data-offset": chunk.dataset.offset, "hx-get": url.pathname + url.search, "hx-trigger": "intersect once", "hx-swap": "outerHTML", "hx-target": "this" };
      for (const [name, value] of Object.entries(set)) empty.setAttribute(name, value);
      const space = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      space.setAttribute("width", "1");
      space.setAttribute("height", String(place.height));
      empty.append(space);
      chunk.replaceWith(empty);
      htmx.process(empty);
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from], [data-copy-next], [data-copy-link], [data-copy-pairs]");
    if (button) return void copy(copiedText(button));
    const line = event.target.closest("tr[data-row]");
    if (line && !event.target.closest("a, button") && !String(getSelection())) {
      const link = find("[data-open]", line);
      if (event.metaKey || event.ctrlKey) window.open(link.href, "_blank", "noopener");
      else link.click();
    }
    all("details.panel[open], details.menu[open]").forEach((open) => open.contains(event.target) || (open.open = false));
    return undefined;
  });

  // Captured, so that folding does not also pick the row (htmx listens on the row itself).
  document.addEventListener("click", (event) => {
    const twist = event.target.closest("[data-twist]");
    if (!twist) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const row = twist.closest(".row");
    fold(row, row.getAttribute("aria-expanded") === "false");
  }, true);

  // A jump to a span whose row is not loaded is left to its link, which opens the window of the tree that holds it.
  document.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-jump]");
    if (jump && !find(`.row[data-span="${CSS.escape(jump.dataset.jump)}"]`)) event.stopImmediatePropagation();
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      all("details.panel[open], details.menu[open]").forEach((open) => (open.open = false));
      if (isTyping(event.target)) event.target.blur();
      return;
    }
    if (isTyping(event.target)) return;
    const row = event.target.closest(".row");
    let isDone = false;
    if (row) isDone = moveInTree(row, event.key);
    else if (event.key === "/") isDone = Boolean(find("[data-search]") && (find("[data-search]").focus(), find("[data-search]").select(), true));
    else if (event.key === "j") isDone = find("#tree") ? (focusRow(find('.row[tabindex="0"]') || rows()[0]), true) : moveInList(1);
    else if (event.key === "k") isDone = moveInList(-1);
    if (isDone) event.preventDefault();
  });

  // What htmx does to the page.
  document.addEventListener("htmx:configRequest", (event) => {
    const sent = event.detail.parameters;
    for (const name of [...sent.keys()]) if (sent.getAll(name).every((value) => value === "")) sent.delete(name);
  });
  let kept = {};
  document.addEventListener("htmx:beforeSwap", () => {
    kept = {};
    for (const part of all("details[data-keep]")) kept[part.dataset.keep] = part.open;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const part of all("details[data-keep]")) {
      if (part.dataset.keep in kept) part.open = kept[part.dataset.keep];
    }
    if (event.detail.target.id === "panel") {
      event.detail.target.scrollTop = 0;
      const shown = find("[data-shown-span]", event.detail.target);
      const row = shown && find(`.row[data-span="${CSS.escape(shown.dataset.shownSpan)}"]`);
      if (row) {
        pickRow(row);
        row.scrollIntoView({ block: "nearest" });
      }
      document.body.classList.add("is-picked");
      if (matchMedia("(max-width: 900px)").matches) scrollTo(0, 0);
    } else if (find("#tree")) {
      applyFolds();
    }
  });
  document.addEventListener("htmx:sendError", () => say("The server cannot be reached; try again in a moment"));

  let isScrolling = false;
  addEventListener("scroll", () => {
    if (isScrolling) return;
    isScrolling = true;
    setTimeout(() => { isScrolling = false; unloadFarChunks(); }, 400);
  }, { passive: true });

  addEventListener("DOMContentLoaded", () => {
    const row = find(".row.is-picked");
    const isBelow = row && row.getBoundingClientRect().bottom > innerHeight;
    if (isBelow) row.scrollIntoView({ block: "center" });
  });
})();
