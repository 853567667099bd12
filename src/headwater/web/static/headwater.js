// The pages work without this; it adds keys, copying, dialogs, folding and the tree's manners. No dependencies but htmx.
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

  // Colours: kept in a cookie, so that the server draws the next page in them at once.
  function setTheme(theme) {
    const root = document.documentElement;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.cookie = `headwater_theme=${theme}; path=/; samesite=lax; max-age=${theme ? 31536000 : 0}`;
    find("meta[name=color-scheme]").content = theme || "light dark";
    all(".theme").forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
  }

  // Dialogs that the page holds: a click beside one closes it, as Escape does.
  function openDialog(dialog) {
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  }
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);
  if (isMac) all("[data-chord]").forEach((keys) => (keys.textContent = keys.textContent.replace("Ctrl ", "⌘")));

  // g and another key go to a page.
  let goUntil = 0;
  function goTo(key) {
    const isSecond = Date.now() < goUntil;
    goUntil = key === "g" && !isSecond ? Date.now() + 1500 : 0;
    if (!isSecond) return key === "g";
    const link = find(`[data-go="${CSS.escape(key)}"]`);
    if (link) link.click();
    return Boolean(link);
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

  function selectRow() {
    const line = document.activeElement.closest("tr[data-row]");
    const box = line && find("input[type=checkbox]", line);
    if (box) box.click();
    return Boolean(box);
  }
  function openExport() {
    const menu = find("details[data-export]");
    if (!menu) return false;
    menu.open = true;
    const first = find("a, button:not([disabled])", menu);
    if (first) first.focus();
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

  function closeIfBeside(event) {
    const place = event.target.getBoundingClientRect();
    const isBeside = event.clientX < place.left || event.clientX > place.right || event.clientY < place.top || event.clientY > place.bottom;
    // A key that presses a button clicks at 0, 0.
    if (isBeside && event.detail > 0) event.target.close();
  }
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/theme" || !event.submitter) return;
    event.preventDefault();
    setTheme(event.submitter.value);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from], [data-copy-next], [data-copy-link], [data-copy-pairs]");
    if (button) return void copy(copiedText(button));
    const line = event.target.closest("tr[data-row]");
    if (line && !event.target.closest("a, button, input, label") && !String(getSelection())) {
      const link = find("[data-open]", line);
      if (event.metaKey || event.ctrlKey) window.open(link.href, "_blank", "noopener");
      else link.click();
    }
    all("details.panel[open], details.menu[open]").forEach((open) => open.contains(event.target) || (open.open = false));
    if (event.target.closest("[data-shortcuts]")) openDialog(find("#shortcuts"));
    if (event.target.matches("dialog[open]")) closeIfBeside(event);
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

  // Whoever was within a menu that closes goes on from what opened it.
  function closeMenus() {
    for (const open of all("details.panel[open], details.menu[open]")) {
      if (open.contains(document.activeElement)) find("summary", open).focus();
      open.open = false;
    }
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (event.target.closest("dialog")) return;
      closeMenus();
      if (isTyping(event.target)) event.target.blur();
      if (event.target.closest("#panel")) focusRow(find(".row.is-picked"));
      return;
    }
    if (isTyping(event.target) || event.target.closest("dialog")) return;
    const row = event.target.closest(".row");
    let isDone = false;
    if (goTo(event.key)) isDone = true;
    else if (row && moveInTree(row, event.key)) isDone = true;
    else if (event.key === "?") isDone = openDialog(find("#shortcuts"));
    else if (event.key === "x") isDone = selectRow();
    else if (event.key === "e") isDone = openExport();
    else if (event.key === "/") isDone = Boolean(find("[data-search]") && (find("[data-search]").focus(), find("[data-search]").select(), true));
    else if (event.key === "j") isDone = find("#tree") ? (focusRow(find('.row[tabindex="0"]') || rows()[0]), true) : moveInList(1);
    else if (event.key === "k") isDone = moveInList(-1);
    if (isDone) event.preventDefault();
  });

  // What htmx does to the page. Whatever lasts longer than a blink is shown by a line on top.
  let underWay = 0;
  const isQuiet = (event) => [undefined, "intersect"].includes(event.detail.requestConfig.triggeringEvent?.type);
  function count(step) {
    underWay = Math.max(0, underWay + step);
    document.body.classList.toggle("is-loading", underWay > 0);
  }
  document.addEventListener("htmx:beforeSend", (event) => {
    if (isQuiet(event)) return;
    count(1);
    event.detail.target.setAttribute("aria-busy", "true");
    event.detail.xhr.addEventListener("loadend", () => {
      count(-1);
      event.detail.target.removeAttribute("aria-busy");
    });
  });
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

  // How many alerts fire stands beside their place. Asked by hand, as a page that is left in between is no trouble.
  async function countFiring() {
    const place = find("[data-firing]");
    if (!place || document.hidden) return;
    const answer = await fetch(place.dataset.firing, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer && answer.ok && !answer.headers.has("hx-redirect")) place.innerHTML = await answer.text();
  }
  addEventListener("DOMContentLoaded", () => setTimeout(countFiring, 300));
  setInterval(countFiring, 60_000);

  // A page that the store could not answer for comes by itself when it can.
  function askAgain() {
    const letter = find("[data-again]");
    if (!letter) return;
    const waiting = setInterval(async () => {
      if (!letter.isConnected) return clearInterval(waiting);
      if (document.hidden) return undefined;
      const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
      if (answer && answer.status !== 503) location.reload();
      return undefined;
    }, Number(letter.dataset.again) * 1000);
  }
  addEventListener("DOMContentLoaded", askAgain);
  document.addEventListener("htmx:afterSettle", askAgain);

  // What scrolls and holds nothing to step on is stepped on itself, so that arrow keys reach all of it.
  const SCROLLERS = ".card, .code, .md-table, .menu-body, .message-body, .panel-side, .rows, .sheet, .wide";
  const STEPPED_ON = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  function reachScrollers() {
    for (const area of all(SCROLLERS)) {
      const isWider = area.scrollWidth > area.clientWidth || area.scrollHeight > area.clientHeight;
      const isScroller = isWider && !getComputedStyle(area).overflow.includes("clip");
      if (isScroller && !find(STEPPED_ON, area)) area.tabIndex = 0;
      else if (!isScroller && area.tabIndex === 0 && area.matches(".card")) area.removeAttribute("tabindex");
    }
  }
  addEventListener("DOMContentLoaded", reachScrollers);
  addEventListener("resize", () => requestAnimationFrame(reachScrollers));
  document.addEventListener("htmx:afterSettle", reachScrollers);

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
