"use strict";
// Sortable tables, folded sections that open for print, and the linked corner and mixing plane. Nothing is loaded.
(() => {
  const number = text => {
    const plain = text.replace(/[\u2212]/g, "-").replace(/[\u00a0\u202f ]/g, "");
    const match = plain.match(/-?\d+(\.\d+)?/);
    if (!match) return null;
    const power = plain.match(/×10(-?\d+)/);
    return parseFloat(match[0]) * (power ? Math.pow(10, parseInt(power[1], 10)) : 1);
  };
  document.querySelectorAll("table.sortable").forEach(table => {
    const heads = table.tHead.rows[0].cells;
    Array.from(heads).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        Array.from(heads).forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const key = row => { const n = number(row.cells[column].textContent); return n === null ? row.cells[column].textContent : n; };
        const body = table.tBodies[0];
        Array.from(body.rows).map(row => [key(row), row]).sort(([a], [b]) =>
          (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1) * (up ? 1 : -1)
        ).forEach(([, row]) => body.append(row));
      });
    });
  });
  const folded = [];
  window.addEventListener("beforeprint", () => document.querySelectorAll("details:not([open])").forEach(d => { folded.push(d); d.open = true; }));
  window.addEventListener("afterprint", () => folded.splice(0).forEach(d => { d.open = false; }));
  document.querySelectorAll("button[data-copy]").forEach(button => button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try { await navigator.clipboard.writeText(source.textContent); button.textContent = "Copied"; }
    catch { const range = document.createRange(); range.selectNodeContents(source); const s = getSelection(); s.removeAllRanges(); s.addRange(range); button.textContent = "Selected: copy with the keyboard"; }
  }));

  const holder = document.getElementById("explorer");
  if (!holder) return;
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const columns = data.columns.map(c => {
    const values = Float64Array.from(c.values, v => c.offset + c.step * v);
    let low = Infinity, high = -Infinity;
    for (const v of values) { if (v < low) low = v; if (v > high) high = v; }
    const margin = 0.04 * (high - low || 1);
    return Object.assign({}, c, { values, low: low - margin, high: high + margin });
  });
  const count = columns[0].values.length, by = Object.fromEntries(columns.map(c => [c.name, c]));
  let ranges = {};  // by name: the brushed interval
  let chosen = columns.slice(0, Math.min(4, columns.length)).map(c => c.name);
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shown = (c, x) => { const v = c.log ? Math.pow(10, x) : x; return Number(v.toPrecision(3)).toString().replace("e-", "e\u2212"); };
  const inside = i => Object.entries(ranges).every(([name, [a, b]]) => by[name].values[i] >= a && by[name].values[i] <= b);
  const panels = [];
  const grid = holder.querySelector(".matrix"), plane = holder.querySelector(".plane"), status = holder.querySelector("[role=status]");
  const controls = holder.querySelector(".controls");

  function panel(parent, x, y, extra) {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", y ? y.text + " against " + x.text : "Histogram of " + x.text);
    parent.append(canvas);
    const p = Object.assign({ canvas, x, y, xr: [x.low, x.high], yr: y ? [y.low, y.high] : null }, extra || {});
    let start = null;
    const at = event => {
      const box = canvas.getBoundingClientRect();
      const u = (event.clientX - box.left) / box.width, v = 1 - (event.clientY - box.top) / box.height;
      return [p.xr[0] + u * (p.xr[1] - p.xr[0]), p.yr ? p.yr[0] + v * (p.yr[1] - p.yr[0]) : 0];
    };
    canvas.addEventListener("pointerdown", event => { start = at(event); canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", event => {
      if (!start) return;
      const now = at(event);
      ranges[x.name] = [Math.min(start[0], now[0]), Math.max(start[0], now[0])];
      if (y) ranges[y.name] = [Math.min(start[1], now[1]), Math.max(start[1], now[1])];
      draw();
    });
    const end = event => {
      if (!start) return;
      const now = at(event);
      if (Math.abs(now[0] - start[0]) < 0.01 * (p.xr[1] - p.xr[0])) { delete ranges[x.name]; if (y) delete ranges[y.name]; }
      start = null; draw(); fill();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    panels.push(p);
  }
  function build() {
    panels.length = 0; grid.replaceChildren(); plane.replaceChildren();
    grid.style.setProperty("--n", chosen.length);
    chosen.forEach((up, row) => chosen.forEach((across, column) => {
      const cell = document.createElement("div");
      grid.append(cell);
      if (column > row) return;
      panel(cell, by[across], row === column ? null : by[up]);
      const name = document.createElement("span");
      name.innerHTML = row === column ? by[across].label : "";
      cell.append(name);
    }));
    if (data.outlines.length) [[1, "visible decays"], [2, "invisible decays"]].forEach(([number, words]) => {
      const cell = document.createElement("div");
      plane.append(cell);
      const share = by.br_u_invisible;
      panel(cell, by.m_u_mev, by.epsilon, { outlines: data.outlines.filter(o => o.panel === number), xr: [0, 3], yr: [-8, -1],
        only: share ? i => (share.values[i] > 0.5) === (number === 2) : null });
      const name = document.createElement("span");
      name.innerHTML = by.epsilon.label + " against " + by.m_u_mev.label + ", " + words;
      cell.append(name);
    });
    draw(); fill();
  }
  function draw() {
    const selected = new Uint8Array(count);
    const any = Object.keys(ranges).length > 0;
    let n = 0;
    for (let i = 0; i < count; i++) if (inside(i)) { selected[i] = 1; n++; }
    const ink = colour("--ink"), soft = colour("--dots"), strong = colour("--blue"), line = colour("--line"), star = colour("--star");
    for (const p of panels) {
      const scale = window.devicePixelRatio || 1, box = p.canvas.getBoundingClientRect();
      const w = p.canvas.width = Math.max(1, Math.round(box.width * scale)), h = p.canvas.height = Math.max(1, Math.round(box.height * scale));
      const g = p.canvas.getContext("2d");
      const X = v => (v - p.xr[0]) / (p.xr[1] - p.xr[0]) * w, Y = v => h - (v - p.yr[0]) / (p.yr[1] - p.yr[0]) * h;
      g.strokeStyle = line; g.strokeRect(0.5, 0.5, w - 1, h - 1);
      if (!p.y) {
        const bins = 40, all = new Float64Array(bins), some = new Float64Array(bins);
        for (let i = 0; i < count; i++) {
          const k = Math.min(bins - 1, Math.floor((p.x.values[i] - p.x.low) / (p.x.high - p.x.low) * bins));
          all[k]++; if (selected[i]) some[k]++;
        }
        const top = Math.max(...all) * 1.1;
        for (let k = 0; k < bins; k++) {
          g.fillStyle = soft; g.fillRect(k * w / bins, h - all[k] / top * h, w / bins + 0.5, all[k] / top * h);
          if (any) { g.fillStyle = strong; g.fillRect(k * w / bins, h - some[k] / top * h, w / bins + 0.5, some[k] / top * h); }
        }
        const range = ranges[p.x.name];
        g.fillStyle = ink; g.globalAlpha = 0.12;
        if (range) g.fillRect(X(range[0]), 0, X(range[1]) - X(range[0]), h);
        g.globalAlpha = 1;
        continue;
      }
      for (const o of p.outlines || []) {
        g.beginPath(); o.points.forEach(([x, y], k) => k ? g.lineTo(X(x), Y(y)) : g.moveTo(X(x), Y(y)));
        g.strokeStyle = ink; g.globalAlpha = 0.45; g.lineWidth = scale; g.stroke(); g.globalAlpha = 1;
      }
      const r = 1.1 * scale;
      for (const pass of [0, 1]) {
        g.fillStyle = pass ? strong : soft;
        for (let i = 0; i < count; i++) if (selected[i] === pass && (!p.only || p.only(i))) g.fillRect(X(p.x.values[i]) - r / 2, Y(p.y.values[i]) - r / 2, r, r);
      }
      g.strokeStyle = star; g.lineWidth = 1.5 * scale;
      g.beginPath(); g.arc(X(p.x.best), Y(p.y.best), 4 * scale, 0, 7); g.stroke();
      const a = ranges[p.x.name], b = ranges[p.y.name];
      if (a || b) {
        const x0 = a ? X(a[0]) : 0, x1 = a ? X(a[1]) : w, y0 = b ? Y(b[1]) : 0, y1 = b ? Y(b[0]) : h;
        g.strokeStyle = ink; g.globalAlpha = 0.5; g.strokeRect(x0, y0, x1 - x0, y1 - y0); g.globalAlpha = 1;
      }
    }
    status.textContent = any ? n + " of " + count + " draws selected, " + (100 * n / count).toFixed(1) + " % of the posterior: " +
      chosen.map(name => spread(by[name], selected)).filter(Boolean).join("; ") + "." : "All " + count + " draws; none is selected.";
  }
  function spread(c, selected) {
    const values = Array.from(c.values).filter((_, i) => selected[i]).sort((a, b) => a - b);
    if (!values.length) return "";
    const q = f => values[Math.min(values.length - 1, Math.floor(f * values.length))];
    return c.text + " " + shown(c, q(0.025)) + " to " + shown(c, q(0.975)) + (c.unit ? " " + c.unit : "");
  }
  function fill() {  // the same selection for the keyboard
    controls.replaceChildren();
    chosen.forEach((name, place) => {
      const c = by[name], row = document.createElement("div");
      const pick = document.createElement("select");
      pick.setAttribute("aria-label", "Quantity " + (place + 1));
      columns.forEach(other => { const o = document.createElement("option"); o.value = other.name; o.textContent = other.text; o.selected = other.name === name; pick.append(o); });
      pick.addEventListener("change", () => { const taken = chosen.indexOf(pick.value); if (taken >= 0) chosen[taken] = name; chosen[place] = pick.value; build(); });
      row.append(pick);
      [0, 1].forEach(end => {
        const input = document.createElement("input");
        input.type = "text"; input.inputMode = "decimal"; input.size = 8;
        input.setAttribute("aria-label", (end ? "Largest " : "Smallest ") + c.text + (c.unit ? " in " + c.unit : ""));
        input.value = ranges[name] ? shown(c, ranges[name][end]).replace("\u2212", "-") : "";
        input.placeholder = end ? "to" : "from";
        input.addEventListener("change", () => {
          const v = parseFloat(input.value), range = ranges[name] ? ranges[name].slice() : [c.low, c.high];
          if (isFinite(v)) { range[end] = c.log ? Math.log10(v) : v; ranges[name] = range; } else delete ranges[name];
          draw();
        });
        row.append(input);
      });
      controls.append(row);
    });
    const clear = document.createElement("button");
    clear.type = "button"; clear.textContent = "Select all";
    clear.addEventListener("click", () => { ranges = {}; draw(); fill(); });
    controls.append(clear);
  }
  holder.hidden = false;
  build();
  let wait = 0;
  window.addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(draw, 100); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
