(() => {
  "use strict";
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));

  // Tables sort by a click on a column; what has no number stays last.
  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = parseFloat(text.replace(/[,%+]/g, ""));
    return /^[-+]?[\d.,]+%?$/.test(text) && !Number.isNaN(number) ? number : text;
  };
  document.querySelectorAll("table.sortable").forEach((table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.classList.contains("plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") === "ascending" || (head.getAttribute("aria-sort") === "none" && head.classList.contains("number")) ? -1 : 1;
        heads.forEach((other) => { if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none"); });
        head.setAttribute("aria-sort", up === 1 ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
        rows.sort(([a], [b]) => {
          const kinds = (typeof a === "string") - (typeof b === "string");
          if (head.classList.contains("number") && kinds) return kinds;
          return up * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
        });
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  });

  // A cross-hair reads the value of a line off its path.
  const points = (path) => {
    const found = [];
    let x = 0, y = 0;
    for (const part of path.getAttribute("d").matchAll(/([Ml])([^Ml]*)/g)) {
      const numbers = (part[2].match(/-?\d+/g) || []).map(Number);
      for (let i = 0; i + 1 < numbers.length; i += 2) {
        if (part[1] === "M") { x = numbers[i]; y = numbers[i + 1]; } else { x += numbers[i]; y += numbers[i + 1]; }
        found.push([x, y]);
      }
    }
    return found;
  };
  document.querySelectorAll("figure[data-read]").forEach((figure) => {
    const [from, until, low, high, kind, name] = figure.dataset.read.split(" ");
    const path = name && figure.querySelector(`.stretched path.${name}`);
    if (!path) return;
    const outer = figure.querySelector(".outer");
    const inner = figure.querySelector(".stretched").viewBox.baseVal;
    const [t0, t1, v0, v1] = [from, until, low, high].map(Number);
    const parts = ["hair", "dot", "read"].map((kind) => {
      const part = document.createElement("div");
      part.className = kind;
      part.hidden = true;
      figure.append(part);
      return part;
    });
    const [hair, dot, read] = parts;
    let line;
    const show = (event) => {
      line ||= points(path);
      if (!line.length) return;
      const box = outer.getBoundingClientRect();
      const at = ((event.clientX - box.left) / box.width) * inner.width;
      let [a, b] = [0, line.length - 1];
      while (b - a > 1) { const middle = (a + b) >> 1; if (line[middle][0] <= at) a = middle; else b = middle; }
      const [x, y] = Math.abs(line[a][0] - at) <= Math.abs(line[b][0] - at) ? line[a] : line[b];
      const part = 1 - y / inner.height;
      const worth = kind === "log" ? v0 * Math.pow(v1 / v0, part) : v0 + part * (v1 - v0);
      const left = (x / inner.width) * box.width;
      const moment = new Date(t0 + (x / inner.width) * (t1 - t0)).toISOString();
      const shown = name === "loss" ? `${(100 * worth).toFixed(1)}%` : Number(worth.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 12 });
      read.textContent = `${t1 - t0 > 864e6 ? moment.slice(0, 10) : moment.slice(0, 16).replace("T", " ")}   ${shown}`;
      hair.style.cssText = `left:${left}px;height:${inner.height / 10}px`;
      dot.style.cssText = `left:${left}px;top:${6 + y / 10}px`;
      read.style.cssText = left > box.width / 2 ? `right:${figure.clientWidth - left + 8}px` : `left:${left + 8}px`;
      parts.forEach((part) => { part.hidden = false; });
    };
    outer.addEventListener("pointermove", show);
    outer.addEventListener("pointerleave", () => parts.forEach((part) => { part.hidden = true; }));
  });
})();
