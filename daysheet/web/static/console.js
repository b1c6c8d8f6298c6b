// Keys, focus and in-place swaps. Every page works without it: forms post, links lead on.
//
// data-key="m"        pressing m clicks this (or focuses it, if one types into it)
// data-key-label      what the help says the key does
// data-choose         a radio button whose key goes on to the next one of its name
// data-item           an entry that j and k go through; Enter opens its first link, x ticks its box
// data-follow         an entry that j and k lead to at once; data-items around them says so in the help
// data-swap           this form's answer replaces <main> instead of the page
// data-help           opens the help

const root = document.documentElement;
const main = () => document.getElementById("main");

const isTyping = (event) =>
  event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey ||
  event.target.closest("input:not([type=checkbox]):not([type=radio]):not([type=submit]), textarea, select, [contenteditable]");

// ---- keys ----

const byKey = (key) => {
  const open = document.querySelector("dialog[open]");
  const found = [...(open ?? document).querySelectorAll("[data-key]")]
    .filter((one) => one.dataset.key === key && !one.disabled && one.getClientRects().length > 0);
  return found.at(-1); // what stands lower on the page is nearer to the work
};

const choose = (radio) => {
  const all = [...radio.form.elements[radio.name]];
  const next = all[(all.findIndex((one) => one.checked) + 1) % all.length];
  next.click();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};

// what a key opens below the fold comes into view
const unfold = (summary) => {
  summary.click();
  summary.focus({ preventScroll: true });
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const block = summary.parentElement.open ? "start" : "nearest";
  summary.parentElement.scrollIntoView({ block, behavior: isCalm ? "instant" : "smooth" });
};

const press = (target) => {
  if ("choose" in target.dataset) {
    choose(target);
  } else if (target.matches("summary")) {
    unfold(target);
  } else if (target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) {
    target.focus();
    target.select?.();
  } else {
    target.click();
  }
};

const items = () => [...main().querySelectorAll("[data-item]")];

const step = (by) => {
  const all = items();
  if (all.length === 0) return false;
  const isAt = (one) => one.classList.contains("at") || one.contains(document.activeElement) || one.hasAttribute("aria-current");
  const at = all.findIndex(isAt);
  const to = Math.min(Math.max(at + by, 0), all.length - 1);
  if (to !== at && "follow" in all[to].dataset) {
    all[to].click();
    return true;
  }
  all.forEach((one, number) => one.classList.toggle("at", number === to));
  const focusable = all[to].matches("a, button, [tabindex]") ? all[to] : all[to].querySelector("a") ?? all[to].querySelector("button, input, [tabindex]");
  (focusable ?? all[to]).focus({ preventScroll: true });
  all[to].scrollIntoView({ block: "nearest" });
  return true;
};

const box = () => main().querySelector("[data-item].at input[type=checkbox]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isTyping(event) || root.dataset.keys === "off") return;
  const target = byKey(event.key);
  if (target) {
    event.preventDefault();
    press(target);
  } else if (event.key === "x" && box()) {
    event.preventDefault();
    box().click();
  } else if ((event.key === "j" && step(1)) || (event.key === "k" && step(-1))) {
    event.preventDefault();
  }
});

// Escape leaves a field, so that the letters are keys again
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open]")) document.activeElement?.blur();
});

// ---- help ----

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-help]")) return;
  const dialog = document.getElementById("help");
  const list = dialog.querySelector("[data-key-list]");
  const said = new Map();
  for (const one of document.querySelectorAll("[data-key]")) {
    if (one.getClientRects().length > 0) said.set(one.dataset.key, one.dataset.keyLabel ?? one.textContent.trim());
  }
  const around = main().querySelector("[data-items]");
  if (items().length > 0) said.set("j / k", (around ?? dialog).dataset.items);
  if (items().length > 0 && !around) said.set("Enter", dialog.dataset.open);
  if (items().some((one) => one.querySelector("input[type=checkbox]"))) said.set("x", dialog.dataset.tick);
  said.set("Esc", dialog.dataset.leave);
  list.replaceChildren(...[...said].flatMap(([key, label]) => {
    const term = document.createElement("dt");
    const keycap = document.createElement("kbd");
    const text = document.createElement("dd");
    keycap.textContent = key;
    text.textContent = label;
    term.append(keycap);
    return [term, text];
  }));
  dialog.showModal();
  dialog.querySelector("button").focus();
});

// ---- swaps ----

let isSending = false;

const swap = async (form, button) => {
  const data = new FormData(form);
  if (button?.name) data.append(button.name, button.value);
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(data),
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    redirect: "follow",
  });
  if (!(answer.headers.get("content-type") ?? "").startsWith("text/html")) throw new TypeError("not a page");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("main")) throw new TypeError("not a page of ours");
  document.title = page.title;
  main().replaceWith(page.getElementById("main"));
  document.querySelector("header.top")?.replaceWith(page.querySelector("header.top") ?? "");
  if (answer.redirected) history.pushState({ swapped: true }, "", answer.url);
  scrollTo({ top: 0 });
  (main().querySelector("[autofocus]") ?? main()).focus({ preventScroll: true });
  // a live region speaks when it changes: put the text in once more
  const said = document.getElementById("said");
  const parts = [...said.childNodes];
  said.replaceChildren();
  requestAnimationFrame(() => said.replaceChildren(...parts));
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (isSending) {
    event.preventDefault(); // a second click while the first is under way
    return;
  }
  if (!("swap" in form.dataset)) {
    isSending = true; // the page goes away; should it not (a file comes), it can be used again
    setTimeout(() => { isSending = false; }, 1500);
    return;
  }
  event.preventDefault();
  isSending = true;
  form.setAttribute("aria-busy", "true");
  try {
    await swap(form, event.submitter);
  } catch {
    // the plain way says what is wrong
    form.removeAttribute("aria-busy");
    form.submit();
  } finally {
    isSending = false;
    form.removeAttribute("aria-busy");
  }
});

addEventListener("popstate", () => location.reload());
addEventListener("pageshow", (event) => { if (event.persisted) isSending = false; });
