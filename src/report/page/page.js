"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const lang = () => (one("lang-en")?.checked ? "en" : "zh");
  root.classList.add("scripted");

  // Words that stand in attributes or options, which hold one language only.
  const translate = () => {
    const now = lang();
    root.lang = now === "en" ? "en" : "zh-Hans";
    for (const node of all("[data-zh]")) {
      const text = node.dataset[now];
      if (node.tagName === "TITLE" || node.tagName === "OPTION") node.textContent = text;
    }
    count();
  };

  const findings = all("details.finding");
  const rows = all("tbody tr, .places > li.row, details.document");
  const texts = new Map();
  const text = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };
  const groups = all(".rule").map((node) => ({ node, head: [...node.children].filter((child) => !child.matches("details.finding")) }));

  let shown = findings.length;
  const count = () => {
    const note = one("shown");
    if (note) note.textContent = note.dataset[lang()].replace("{shown}", shown).replace("{all}", findings.length);
  };

  const filter = () => {
    const words = one("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const on = new Set(all(".chips input:checked").map((box) => box.value));
    const has = (node) => words.every((word) => text(node).includes(word));
    shown = 0;
    for (const { node, head } of groups) {
      // A word in the rule's title or clauses stands for all its findings.
      const of_rule = words.filter((word) => !head.some((part) => text(part).includes(word)));
      let any = false;
      for (const item of all("details.finding", node)) {
        const fits = on.has(item.dataset.verdict) && on.has(item.dataset.severity) && of_rule.every((word) => text(item).includes(word));
        item.hidden = !fits;
        any ||= fits;
        if (fits) shown += 1;
      }
      node.hidden = !any;
    }
    for (const row of rows) row.hidden = !has(row);
    // A document is shown with the rows that fit, or whole when only its name fits.
    for (const group of all("details.document")) {
      if (group.hidden || !words.length) continue;
      const inner = all("tbody tr", group);
      if (inner.length && inner.every((row) => row.hidden)) for (const row of inner) row.hidden = false;
      group.open = true;
    }
    one("no-match").hidden = shown > 0 || findings.length === 0;
    count();
  };

  const grave = (item) => [Number(item.dataset.gravity), Number(item.dataset.place)];
  const orders = {
    gravity: (a, b) => grave(a)[0] - grave(b)[0] || grave(a)[1] - grave(b)[1],
    places: (a, b) => Number(b.dataset.places) - Number(a.dataset.places) || grave(a)[1] - grave(b)[1],
    rule: (a, b) => grave(a)[1] - grave(b)[1],
  };
  const sort = () => {
    const kind = one("sort").value;
    const order = orders[kind];
    const sorted = groups.map(({ node }) => {
      const items = all("details.finding", node).sort(order);
      node.append(...items);
      return [node, items[0]];
    });
    sorted.sort(([a, x], [b, y]) => (kind === "rule" ? a.id.localeCompare(b.id) : order(x, y)));
    one("rules-found").append(...sorted.map(([node]) => node));
  };

  for (const table of all("table.sortable")) {
    const body = table.tBodies[0];
    all("thead th", table).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of all("thead th", table)) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[column].dataset.key ?? row.cells[column].innerText;
        const keyed = [...body.rows].map((row) => [key(row), row]);
        keyed.sort(([a], [b]) => a.localeCompare(b, root.lang, { numeric: true }) * (down ? -1 : 1));
        body.append(...keyed.map(([, row]) => row));
      });
    });
  }

  let waiting = 0;
  one("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  for (const box of all(".chips input")) box.addEventListener("change", filter);
  for (const radio of all(".switch input")) radio.addEventListener("change", translate);
  one("sort")?.addEventListener("change", sort);
  one("expand")?.addEventListener("click", () => findings.forEach((item) => (item.open = !item.hidden)));
  one("collapse")?.addEventListener("click", () => findings.forEach((item) => (item.open = false)));
  one("print").addEventListener("click", () => window.print());

  // A link to a folded place opens it.
  const reveal = () => {
    const target = location.hash && one(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const node of folded) node.open = true;
  });
  addEventListener("afterprint", () => {
    for (const node of folded) node.open = false;
  });
  translate();
  reveal();
})();
