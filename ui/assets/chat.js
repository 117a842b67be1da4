// What the page does besides asking: language, announcements, marks, copying, judging, enlarging.
// Knows nothing of answers; it reads the data-attributes that the templates write.
(() => {
  "use strict";

  const settle = (node, words) => {
    node.textContent = words;
    node.classList.add("lo-settled");
  };

  function announce(words) {
    let live = document.getElementById("lo-live");
    if (!live) {
      live = document.createElement("div");
      live.id = "lo-live";
      live.className = "lo-sr";
      live.setAttribute("role", "status");
      live.setAttribute("aria-live", "polite");
      document.body.append(live);
    }
    if (live.textContent !== words) live.textContent = words;
  }

  function goTo(id) {
    const target = document.getElementById(id);
    if (!target) return;
    target.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    target.focus({ preventScroll: true });
    target.classList.remove("lo-found");
    void target.offsetWidth; // restarts the animation
    target.classList.add("lo-found");
  }

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  async function copy(button) {
    const label = button.querySelector("span");
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      settle(label, button.dataset.done);
    } catch {
      settle(label, button.dataset.failed);
    }
    announce(label.textContent);
  }

  async function judge(button) {
    const group = button.closest("[data-answer]");
    const body = { answer_id: group.dataset.answer, helpful: button.dataset.helpful === "true" };
    let words = group.dataset.failed;
    try {
      const reply = await fetch("/v1/feedback", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (reply.ok) words = group.dataset.done;
    } catch {
      // the words for a failure stand already
    }
    settle(group, words);
    announce(words);
  }

  function enlarge(link) {
    const dialog = document.createElement("dialog");
    dialog.className = "lo-sheet";
    dialog.setAttribute("aria-label", link.dataset.caption);
    const bar = document.createElement("div");
    const caption = document.createElement("p");
    caption.textContent = link.dataset.caption;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = link.dataset.close;
    close.addEventListener("click", () => dialog.close());
    bar.append(caption, close);
    const image = document.createElement("img");
    image.src = link.href;
    image.alt = link.querySelector("img").alt;
    image.addEventListener("load", () => {
      dialog.scrollTop = link.dataset.down * image.clientHeight;
      dialog.scrollLeft = link.dataset.across * image.clientWidth;
    });
    dialog.append(bar, image);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const mark = event.target.closest("a.lo-mark");
    const picture = event.target.closest("a[data-enlarge]");
    const copying = event.target.closest("[data-copy]");
    const judging = event.target.closest("[data-helpful]");
    if (mark || picture) event.preventDefault();
    if (mark) goTo(mark.getAttribute("href").slice(1));
    else if (picture) enlarge(picture);
    else if (copying) copy(copying);
    else if (judging) judge(judging);
  });

  let shown = "";
  function follow() {
    const page = document.querySelector("[data-language]");
    if (page && document.documentElement.lang !== page.dataset.language) {
      document.documentElement.lang = page.dataset.language;
      document.title = page.dataset.title;
    }
    const turns = document.querySelectorAll(".lo-turn");
    const last = turns[turns.length - 1];
    document.body.classList.toggle("lo-begun", Boolean(last));
    const key = last ? `${turns.length}${last.querySelector("h2").textContent}${last.dataset.state}` : "";
    if (key === shown) return;
    shown = key;
    if (!last) return;
    announce(last.dataset.spoken);
    last.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  }

  document.documentElement.lang = "sv";
  new MutationObserver(follow).observe(document, { childList: true, subtree: true });
})();
