// Keeps a page up to date. What is shown is made by the program alone, names made harmless there: this asks for the page
// again and puts the parts in place that have changed. Without it the page shows what was so when it was loaded.
"use strict";
(() => {
  const kEvery = 2000; // ms
  const kPatience = 10000;
  const state = document.getElementById("state");
  let shownAt = new Date();
  let failures = 0;
  let timer = 0;
  let round = 0;

  function say(text, gone) {
    state.hidden = false;
    state.classList.toggle("gone", gone);
    if (state.textContent !== text) state.textContent = text; // who listens hears of changes only
  }

  function selects(part) {
    const chosen = window.getSelection();
    return chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode);
  }

  // A click is lost when what was pressed has been replaced before it is let go. Not for longer than
  // that: who drags something out of the window may let it go unseen.
  const kLongestPress = 2000; // ms
  let pressedUntil = 0;
  addEventListener("pointerdown", () => { pressedUntil = performance.now() + kLongestPress; }, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressedUntil = 0; }, true);

  function take(page) {
    if (performance.now() < pressedUntil) return; // the next one comes soon
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = page.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML || selects(part)) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      const scrolled = [...part.querySelectorAll(".wide, .log")].map((one) => [one.scrollLeft, one.scrollTop]);
      part.replaceChildren(...document.adoptNode(next).childNodes);
      [...part.querySelectorAll(".wide, .log")].forEach((one, i) => {
        if (scrolled[i]) [one.scrollLeft, one.scrollTop] = scrolled[i];
      });
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
  }

  async function refresh() {
    const mine = ++round;
    clearTimeout(timer);
    try {
      const answer = await fetch(location.pathname + location.search, {
        cache: "no-store",
        signal: AbortSignal.timeout(kPatience),
      });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== round) return; // something else was asked for meanwhile
      take(page);
      failures = 0;
      shownAt = new Date();
      say("Live", false);
    } catch {
      if (mine !== round) return;
      if (++failures > 1)
        say("The program is gone, or does not answer. This is from " + shownAt.toLocaleTimeString() + ".", true);
    }
    timer = setTimeout(refresh, kEvery);
  }

  const search = document.getElementById("q");
  if (search) {
    let typing = 0;
    const look = () => {
      const query = new URLSearchParams(new FormData(search.form));
      if (!search.value) query.delete("q");
      history.replaceState(null, "", "?" + query);
      refresh();
    };
    search.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(look, 250);
    });
    search.form.addEventListener("submit", (event) => {
      event.preventDefault();
      look();
    });
  }

  // A page that nobody looks at asks for nothing.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else refresh();
  });
  say("Live", false);
  timer = setTimeout(refresh, kEvery);
})();
