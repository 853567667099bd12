// The console's editor: it runs with Ctrl-Enter, indents with Tab, takes names that are clicked, and hands out results.
"use strict";

(() => {
  const TYPES = { csv: "text/csv;charset=utf-8", json: "application/json", jsonl: "application/x-ndjson" };
  const editor = () => document.querySelector("#sql");

  function insert(text) {
    const area = editor();
    area.focus();
    // The only way to write into a field that its undo knows of.
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  }
  function insertName(name) {
    const area = editor();
    const before = area.value.slice(0, area.selectionStart);
    const isJoined = before !== "" && !/[\s(,.]$/.test(before);
    insert(isJoined ? ` ${name}` : name);
  }

  // What is saved is the text that came with the page: no number passes through a float of ours.
  function download(kind) {
    const text = document.querySelector(`template[data-result="${kind}"]`).content.textContent;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([kind === "json" ? text : JSON.parse(text)], { type: TYPES[kind] }));
    link.download = `headwater-query.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  document.addEventListener("keydown", (event) => {
    if (event.target !== editor()) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      editor().form.requestSubmit();
    } else if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      insert("  ");
    }
  });
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-insert]");
    if (name) insertName(name.dataset.insert);
    const wanted = event.target.closest("[data-download]");
    if (wanted) download(wanted.dataset.download);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "result" && !document.querySelector("#result")) return;
    const share = document.querySelector("[data-share]");
    if (share) share.dataset.copyLink = location.href;
    const said = document.querySelector("#result-said, #result .failure");
    if (said) document.querySelector("#said").textContent = said.textContent;
  });
})();
