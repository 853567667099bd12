// The tour: a few words beside what they are about, from page to page. Where one is, this browser remembers.
"use strict";

(() => {
  const STEP = "headwater.tour.step";
  const OVER = "headwater.tour.over";
  const GAP_PX = 12;
  const find = (selector, root = document) => root.querySelector(selector);
  const words = find("#tour");
  const offer = find("#tour-offer");
  const steps = [...find("#tour-steps").content.querySelectorAll("section")];

  let shown = null;

  function stored() {
    try {
      return JSON.parse(sessionStorage.getItem(STEP));
    } catch {
      return null;
    }
  }
  const keep = (state) => sessionStorage.setItem(STEP, JSON.stringify(state));
  const followed = (step) => step.dataset.follow && find(step.dataset.follow);
  const fits = (step) => new RegExp(step.dataset.path).test(location.pathname);

  function place() {
    if (!shown) return;
    const box = words.getBoundingClientRect();
    const at = shown.getBoundingClientRect();
    const hasRoomBelow = at.bottom + GAP_PX + box.height < innerHeight;
    const hasRoomAbove = at.top - GAP_PX - box.height > 0;
    const top = hasRoomBelow ? at.bottom + GAP_PX : hasRoomAbove ? at.top - GAP_PX - box.height : innerHeight - box.height - GAP_PX;
    words.style.top = `${Math.max(GAP_PX, top)}px`;
    words.style.left = `${Math.max(GAP_PX, Math.min(at.left, innerWidth - box.width - GAP_PX))}px`;
  }
  function clear() {
    if (shown) shown.classList.remove("is-toured");
    shown = null;
    if (words.matches(":popover-open")) words.hidePopover();
  }
  function show(number) {
    const step = steps[number];
    clear();
    offer.hidden = true;
    find("#tour-count").textContent = `${number + 1} of ${steps.length}`;
    find("#tour-name").textContent = find("h2", step).textContent;
    find("#tour-words").textContent = find("p", step).textContent;
    find("[data-tour-back]").hidden = number === 0;
    find("[data-tour-next]").textContent = number === steps.length - 1 ? "Done" : "Next";
    const isSeen = (thing) => thing.getClientRects().length > 0;
    shown = [...document.querySelectorAll(step.dataset.at)].find(isSeen) || find("#main");
    shown.classList.add("is-toured");
    shown.scrollIntoView({ block: shown.offsetHeight < innerHeight / 2 ? "center" : "start" });
    words.showPopover();
    place();
    words.focus({ preventScroll: true });
  }
  function offerToGoOn(isBegun) {
    find("[data-tour-start]").textContent = isBegun ? "Go on with the tour" : "Take the tour";
    offer.hidden = false;
  }

  function goTo(number) {
    const state = stored() || { places: {} };
    const step = steps[number];
    state.number = number;
    if (fits(step)) {
      state.places[number] = location.pathname + location.search;
      state.isOnItsWay = false;
      keep(state);
      return show(number);
    }
    const link = followed(step);
    state.isOnItsWay = true;
    keep(state);
    location.assign(state.places[number] || (link ? link.href : step.dataset.to));
    return undefined;
  }
  // A step within a list's first thing is reached by way of the list; where the list is empty, the next one follows.
  function goOn(state) {
    const link = followed(steps[state.number]);
    state.isOnItsWay = false;
    keep(state);
    if (link) location.replace(link.href);
    else if (state.number + 1 < steps.length) goTo(state.number + 1);
    else end();
  }
  function end() {
    clear();
    offer.hidden = true;
    sessionStorage.removeItem(STEP);
    localStorage.setItem(OVER, "yes");
    find("#main").focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const state = stored();
    if (event.target.closest("[data-tour-start]")) goTo(state ? state.number : 0);
    else if (event.target.closest("[data-tour-end]")) end();
    else if (event.target.closest("[data-tour-back]")) goTo(state.number - 1);
    else if (event.target.closest("[data-tour-next]")) {
      if (state.number + 1 < steps.length) goTo(state.number + 1);
      else end();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown && !find("dialog[open]")) end();
  });
  addEventListener("scroll", place, { passive: true });
  addEventListener("resize", place);
  addEventListener("DOMContentLoaded", () => {
    const state = stored();
    if (state && fits(steps[state.number])) goTo(state.number);
    else if (state && state.isOnItsWay) goOn(state);
    else if (state) offerToGoOn(true);
    else if (!localStorage.getItem(OVER)) offerToGoOn(false);
  });
})();
