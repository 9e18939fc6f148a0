/* What a page cannot do by itself; every page works without it. */
"use strict";
(() => {
  const focusErrors = () => document.querySelector("[data-focus]")?.focus();
  document.addEventListener("DOMContentLoaded", focusErrors);
  document.addEventListener("htmx:afterSettle", focusErrors);
  // Who added a row goes on in it; who took one away goes on at its list.
  document.addEventListener("htmx:afterSettle", (event) => {
    const pressed = event.detail.requestConfig?.elt;
    if (pressed?.name !== "row") return;
    const [deed, key] = pressed.value.split(":");
    const rows = document.querySelectorAll(`#q_${key} .one-row`);
    const found = deed === "add" && rows.length ? rows[rows.length - 1].querySelector("select, textarea, input:not([type=hidden])") : document.querySelector(`button[value="add:${key}"]`);
    found?.focus();
  });
  // What the words in a form bring up is not said a second time below.
  document.addEventListener("htmx:afterSettle", () => {
    const about = document.querySelector("[data-about]");
    if (!about) return;
    const named = new Set([...document.querySelectorAll("#suggestions li > a")].map((link) => link.href));
    const lines = [...about.querySelectorAll("li")];
    lines.forEach((line) => { line.hidden = named.has(line.querySelector("a").href); });
    about.hidden = lines.every((line) => line.hidden);
  });
  // What is found as one types is told to those who hear the page.
  document.addEventListener("htmx:afterSettle", () => {
    const said = document.getElementById("said"), words = document.querySelector("[data-said]")?.dataset.said ?? "";
    if (said && said.textContent !== words) said.textContent = words;
  });
  // A second click on a sent form does nothing; the one-time key guards the server's side.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  // --- a request form keeps what is typed; it says so when it cannot, and loses nothing then ---
  const form = () => document.getElementById("ask");
  const keeps = (detail) => /\/draft$/.test(detail.requestConfig?.path ?? "");
  let refused = false, typing = null;
  const notKept = (why) => {
    const status = document.getElementById("draft-status");
    if (status) status.textContent = status.parentElement.dataset[why];
    refused = true;
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    const ours = form()?.contains(event.detail.requestConfig.elt);
    if (!ours) return;
    event.detail.ignoreTitle = true;
    if (target.id && xhr.responseText.includes(`id="${target.id}"`)) {
      if (keeps(event.detail)) refused = xhr.status >= 400;
      const now = document.activeElement;
      // What is typed while the answer is on its way stays as it is typed.
      typing = now?.id && target.contains(now) && /^(text|textarea|date|number|search)$/.test(now.type) ? { id: now.id, value: now.value } : null;
      return;
    }
    // The page to sign in, or an error, must not take the place of what was typed.
    event.detail.shouldSwap = false;
    if (!keeps(event.detail)) return;
    notKept(xhr.status >= 500 ? "unreachable" : "signedOut");
    renew();
  });
  document.addEventListener("htmx:sendError", (event) => { if (keeps(event.detail)) notKept("unreachable"); });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!keeps(event.detail)) return;
    const again = typing && document.getElementById(typing.id);
    if (again && again.value !== typing.value) again.value = typing.value;
    typing = null;
    // Files that arrived stand in the page as kept; sent twice they would be there twice.
    if (event.detail.requestConfig.elt.matches("[data-sends-files]")) form()?.querySelectorAll("input[type=file]").forEach((input) => { input.value = ""; });
  });
  // Somebody who signed in again in another tab goes on here: the form takes the new session's token.
  const renew = async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || new URL(answer.url).pathname !== location.pathname) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("#ask input[name=csrf_token]")?.value;
    if (!token) return;
    document.querySelectorAll("input[name=csrf_token]").forEach((input) => { input.value = token; });
    if (refused) { refused = false; form()?.dispatchEvent(new Event("input")); }
  };
  window.addEventListener("focus", () => { if (refused && form()) renew(); });

  // --- the desk: single keys, never while one types, and off where a page does not ask for them ---
  const at = (selector) => document.querySelector(selector);
  const goes = { a: "#reply textarea", "/": "#f-q", u: ".crumbs a" };
  const step = (by) => {
    const rows = [...document.querySelectorAll(".queue .title a")], here = document.activeElement.closest("tr");
    const now = rows.findIndex((link) => link.closest("tr") === here);
    rows[now < 0 ? 0 : Math.min(Math.max(now + by, 0), rows.length - 1)]?.focus();
  };
  const box = () => document.activeElement.closest(".queue tr")?.querySelector("[name=pick]");
  document.addEventListener("keydown", (event) => {
    if (!at("[data-keys]") || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, summary, dialog, [contenteditable]")) return;
    const { key } = event, row = document.activeElement.closest(".queue tr");
    const found = at(goes[key] ?? `[aria-keyshortcuts="${CSS.escape(key)}"]`);
    if (key === "j" || (key === "ArrowDown" && row)) step(1);
    else if (key === "k" || (key === "ArrowUp" && row)) step(-1);
    else if (key === "x" && box()) box().click();
    else if (key === "t" && row && !at("[name=pick]:checked") && box()) { box().checked = true; found?.click(); }
    else if (!found) return;
    else if (found.matches("input, textarea")) found.focus();
    else found.click();
    event.preventDefault();
  });
  // A box above the rows, which only works here, ticks them all; how many are ticked is said beside the deeds.
  document.addEventListener("change", (event) => {
    if (event.target.id === "all") document.querySelectorAll("[name=pick]").forEach((one) => { one.checked = event.target.checked; });
    const many = document.querySelectorAll("[name=pick]:checked").length, said = document.getElementById("ticked");
    if (said) said.textContent = many ? said.dataset.words.replace("0", many) : "";
  });
  const showAll = () => { const all = at("#all"); if (all) all.parentElement.hidden = false; };
  // What is only so with this file is not said without it.
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-scripted]").forEach((one) => { one.hidden = false; }));
  document.addEventListener("DOMContentLoaded", showAll);
  document.addEventListener("htmx:afterSettle", showAll);
  // Colleagues see whether somebody writes, not what.
  document.addEventListener("input", (event) => {
    const sign = document.getElementById("writing");
    if (sign && event.target.matches("#reply textarea")) sign.value = event.target.value.trim() ? "yes" : "";
  });
  // The question who else is here must never take the page from somebody who writes.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig?.elt?.id !== "here") return;
    event.detail.ignoreTitle = true;
    if (!event.detail.xhr.responseText.includes('id="here"')) event.detail.shouldSwap = false;
  });
})();
