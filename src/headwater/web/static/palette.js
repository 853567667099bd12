// The palette: goes to pages, ids and values and runs commands. What it offers first is what the side bar holds.
"use strict";

(() => {
  const FACETS = [["model", "Model"], ["user", "User"], ["session", "Session"], ["tool", "Tool"], ["environment", "Environment"], ["error_type", "Error"]];
  const ASK_AFTER_MS = 120;
  const OF_EACH_FACET = 4;
  const MOST_SEEN = 8;
  const SEEN = "headwater.seen";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = find("#palette");
  const input = find("#palette-input");
  const list = find("#palette-list");

  let offered = [];
  let at = 0;
  let asked = 0;
  let waiting;

  // Pages that were opened before, the last first; in this browser only, and gone with signing out.
  function seen() {
    try {
      return JSON.parse(localStorage.getItem(SEEN)) || [];
    } catch {
      return [];
    }
  }
  function remember() {
    const href = location.pathname + location.search;
    const name = document.title.replace(/ · Headwater$/, "");
    if (!/^\/(traces|sessions|query)\b.|^\/\w+\?/.test(href) || find(".code-number")) return;
    const others = seen().filter((page) => page.href !== href && page.name !== name);
    try {
      localStorage.setItem(SEEN, JSON.stringify([{ name, href }, ...others].slice(0, MOST_SEEN)));
    } catch {
      // A browser that keeps nothing has no recent pages.
    }
  }

  // What the page itself holds: links are opened, buttons pressed, as if by hand.
  function commands() {
    return all("[data-command]").map((thing) => ({
      section: thing.dataset.section,
      name: thing.dataset.command,
      keys: thing.dataset.go ? ["g", thing.dataset.go] : [],
      run: () => thing.click(),
      href: thing.getAttribute("href"),
    }));
  }
  const recent = () => seen().filter((page) => page.href !== location.pathname + location.search).map((page) => ({ section: "Recent", name: page.name, href: page.href, hint: page.href.split("?")[1] || "" }));
  const shortcuts = () => ({ section: "Commands", name: "Show the shortcuts", keys: ["?"], run: () => find("#shortcuts").showModal() });

  // The letters of what is typed must come in this order; whole beginnings of words come first.
  function rank(name, typed) {
    const [text, wanted] = [name.toLowerCase(), typed.toLowerCase()];
    const place = text.indexOf(wanted);
    if (place >= 0) return place === 0 ? 0 : /\W/.test(text[place - 1]) ? 1 : 2;
    let from = -1;
    const isScattered = wanted.length < 6 && [...wanted].every((letter) => (from = text.indexOf(letter, from + 1)) >= 0);
    return isScattered ? 3 : -1;
  }
  function fitting(things, typed) {
    const ranked = things.map((thing) => [rank(thing.name, typed), thing]).filter(([order]) => order >= 0);
    return ranked.sort(([one], [other]) => one - other).map(([, thing]) => thing);
  }

  async function piece(address) {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    const holder = document.createElement("template");
    if (answer.ok) holder.innerHTML = await answer.text();
    return holder.content;
  }
  async function byId(typed) {
    const url = new URL(box.dataset.find, location.href);
    url.searchParams.set("to", typed);
    const links = all("a", await piece(url));
    return links.map((link) => ({ section: "By id", name: link.textContent, href: link.getAttribute("href") }));
  }
  async function ofFacet(facet, name, typed) {
    const url = new URL(box.dataset.facets.replace("FACET", facet), location.href);
    url.searchParams.set(facet, typed);
    const values = all("option", await piece(url)).slice(0, OF_EACH_FACET);
    return values.map((value) => {
      const list = new URL(box.dataset.list, location.href);
      list.searchParams.set(facet, value.getAttribute("value"));
      list.searchParams.set("range", new URLSearchParams(location.search).get("range") || "7d");
      return { section: "Traces with", name: `${name}: ${value.getAttribute("value")}`, hint: value.textContent.trim(), href: list.pathname + list.search };
    });
  }
  async function ask(typed, round) {
    box.setAttribute("aria-busy", "true");
    const none = () => [];
    const found = await Promise.all([byId(typed).catch(none), ...FACETS.map(([facet, name]) => ofFacet(facet, name, typed).catch(none))]);
    if (round !== asked) return;
    box.removeAttribute("aria-busy");
    const [ids, ...facets] = found;
    offer([...ids, ...local(typed), ...facets.flat()]);
  }
  const local = (typed) => fitting([...commands(), shortcuts(), ...recent()], typed);

  function read() {
    const typed = input.value.trim();
    clearTimeout(waiting);
    asked += 1;
    if (!typed) {
      const own = commands();
      return offer([...recent().slice(0, 5), ...own.filter((one) => one.section === "Pages"), ...own.filter((one) => one.section !== "Pages"), shortcuts()]);
    }
    offer(local(typed));
    if (typed.length < 2) return undefined;
    const round = asked;
    waiting = setTimeout(() => ask(typed, round), ASK_AFTER_MS);
    return undefined;
  }

  function element(tag, given, ...inside) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  }
  function option(thing, index) {
    const name = element("span", { class: "palette-name", dir: "auto" }, thing.name);
    const keys = (thing.keys || []).map((key) => element("kbd", {}, key));
    const hint = thing.hint ? [element("span", { class: "palette-hint" }, thing.hint)] : [];
    return element("li", { id: `palette-${index}`, role: "option", "aria-selected": "false", "data-at": index }, name, ...hint, ...keys);
  }
  function offer(things) {
    const held = offered[at] && offered[at].name;
    const sections = [...new Set(things.map((thing) => thing.section))];
    offered = sections.flatMap((section) => things.filter((thing) => thing.section === section));
    let index = 0;
    list.replaceChildren(...sections.map((section, number) => {
      const head = element("p", { id: `palette-section-${number}`, class: "palette-section", role: "presentation" }, section);
      const own = offered.filter((thing) => thing.section === section).map((thing) => option(thing, index++));
      return element("li", { role: "presentation" }, head, element("ul", { role: "group", "aria-labelledby": head.id }, ...own));
    }));
    find(".palette-none").hidden = offered.length > 0;
    find("#palette-said").textContent = offered.length ? `${offered.length} offered` : "Nothing fits";
    pick(Math.max(0, input.value ? 0 : offered.findIndex((thing) => thing.name === held)));
  }
  function pick(next) {
    const options = all("[role=option]", list);
    options.forEach((one) => one.setAttribute("aria-selected", "false"));
    at = Math.min(Math.max(next, 0), options.length - 1);
    const chosen = options[at];
    if (!chosen) return void input.removeAttribute("aria-activedescendant");
    chosen.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
    return undefined;
  }
  function run(thing, isElsewhere) {
    if (!thing) return;
    box.close();
    if (thing.href && isElsewhere) window.open(thing.href, "_blank", "noopener");
    else if (thing.run) thing.run();
    else location.assign(thing.href);
  }

  function open() {
    if (box.open) return;
    if (find("#places:popover-open")) find("#places").hidePopover();
    input.value = "";
    at = 0;
    box.showModal();
    read();
    input.focus();
  }

  input.addEventListener("input", read);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) pick(Math.abs(step) === 1 ? (at + step + offered.length) % offered.length : at + step);
    else if (event.key === "Enter") run(offered[at], event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousemove", (event) => {
    const over = event.target.closest("[data-at]");
    if (over && Number(over.dataset.at) !== at) pick(Number(over.dataset.at));
  });
  list.addEventListener("click", (event) => {
    const over = event.target.closest("[data-at]");
    if (over) run(offered[Number(over.dataset.at)], event.ctrlKey || event.metaKey);
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (box.open) box.close();
    else open();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/logout") localStorage.removeItem(SEEN);
  });
  document.addEventListener("htmx:pushedIntoHistory", remember);
  addEventListener("DOMContentLoaded", remember);
})();
