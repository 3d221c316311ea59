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
  const runs = data.runs, several = runs.length > 1;
  const run = new Uint8Array(count);  // of each draw
  runs.forEach((r, k) => run.fill(k, r.first, r.first + r.count));
  const tones = () => several ? [colour("--blue"), colour("--star")] : [colour("--blue")];
  const choices = columns.filter(c => !c.hidden);
  let ranges = {};  // by name: the brushed interval
  let chosen = choices.slice(0, 4).map(c => c.name);
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shown = (c, x) => { const v = c.log ? Math.pow(10, x) : x; const three = Number(v.toPrecision(3)); return (three && Math.abs(three) < 1e-3 ? three.toExponential() : three.toString()).replace("e-", "e\u2212"); };
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
      if (!start) { if (p.outlines) named(p, at(event), canvas.getBoundingClientRect()); return; }
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
      const c = by[across];
      name.innerHTML = row === column ? c.label + "<small>" + [c.low, c.high].map(x => shown(c, x).replace(/e(\u2212?\d+)/, (_, e) => "\u00a0\u00d7\u00a010" + raised(e.replace("\u2212", "-")))).join(" to ") + " " + c.unit_html + "</small>" : "";
      cell.append(name);
    }));
    if (data.outlines.length) [[1, "visible decays"], [2, "invisible decays"]].forEach(([number, words]) => {
      const cell = document.createElement("div");
      plane.append(cell);
      const share = by.br_u_invisible;
      panel(cell, by.m_u_mev, by.epsilon, { outlines: data.outlines.filter(o => o.panel === number), xr: [0, 3], yr: [-8, -1],
        only: share ? i => (share.values[i] > 0.5) === (number === 2) : null,
        fits: share ? k => (share.best[k] > 0.5) === (number === 2) : null });
      const name = document.createElement("span");
      name.innerHTML = by.epsilon.label + " against " + by.m_u_mev.label + ", " + words;
      cell.append(name);
    });
    draw(); fill();
  }
  const raised = n => String(n).replace(/[-\d]/g, d => "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"["-0123456789".indexOf(d)]);
  function ticks(g, p, w, h, scale) {  // powers of ten along the left and the lower edge
    g.fillStyle = colour("--ink"); g.font = 10 * scale + "px sans-serif";
    for (let k = Math.ceil(p.xr[0]) + 1; k < p.xr[1]; k++) {
      const x = (k - p.xr[0]) / (p.xr[1] - p.xr[0]) * w;
      g.fillRect(x, h - 5 * scale, scale, 5 * scale); g.textAlign = "center"; g.fillText("10" + raised(k), x, h - 8 * scale);
    }
    for (let k = Math.ceil(p.yr[0]) + 1; k < p.yr[1]; k++) {
      const y = h - (k - p.yr[0]) / (p.yr[1] - p.yr[0]) * h;
      g.fillRect(0, y, 5 * scale, scale);
      if (k % 2 === 0) { g.textAlign = "left"; g.fillText("10" + raised(k), 8 * scale, y + 3 * scale); }
    }
  }
  function named(p, [x, y], box) {  // the outline nearest to the pointer, within a few pixels
    let best = 8, found = null;
    const u = box.width / (p.xr[1] - p.xr[0]), v = box.height / (p.yr[1] - p.yr[0]);
    for (const o of p.outlines) for (let k = 1; k < o.points.length; k++) {
      const [ax, ay] = o.points[k - 1], [bx, by] = o.points[k], dx = (bx - ax) * u, dy = (by - ay) * v;
      const t = Math.max(0, Math.min(1, (((x - ax) * u) * dx + ((y - ay) * v) * dy) / (dx * dx + dy * dy || 1)));
      const d = Math.hypot((x - ax) * u - t * dx, (y - ay) * v - t * dy);
      if (d < best) { best = d; found = o; }
    }
    p.canvas.title = found ? found.name : "";
  }
  function draw() {
    const selected = new Uint8Array(count);
    const any = Object.keys(ranges).length > 0;
    for (let i = 0; i < count; i++) if (inside(i)) selected[i] = 1;
    const ink = colour("--ink"), soft = colour("--dots"), tone = tones(), line = colour("--line"), star = colour("--star");
    for (const p of panels) {
      const scale = window.devicePixelRatio || 1, box = p.canvas.getBoundingClientRect();
      const w = p.canvas.width = Math.max(1, Math.round(box.width * scale)), h = p.canvas.height = Math.max(1, Math.round(box.height * scale));
      const g = p.canvas.getContext("2d");
      const X = v => (v - p.xr[0]) / (p.xr[1] - p.xr[0]) * w, Y = v => h - (v - p.yr[0]) / (p.yr[1] - p.yr[0]) * h;
      g.strokeStyle = line; g.strokeRect(0.5, 0.5, w - 1, h - 1);
      if (!p.y) {
        const bins = 40, all = runs.map(() => new Float64Array(bins)), some = runs.map(() => new Float64Array(bins));
        for (let i = 0; i < count; i++) {
          const k = Math.min(bins - 1, Math.floor((p.x.values[i] - p.x.low) / (p.x.high - p.x.low) * bins));
          all[run[i]][k]++; if (selected[i]) some[run[i]][k]++;
        }
        runs.forEach((_, r) => {
          const top = Math.max(...all[r]) * 1.1, bar = (n, k) => g.fillRect(k * w / bins, h - n / top * h, w / bins + 0.5, n / top * h);
          g.globalAlpha = several ? 0.6 : 1;
          for (let k = 0; k < bins; k++) {
            g.fillStyle = any || !several ? soft : tone[r]; bar(all[r][k], k);
            if (any) { g.fillStyle = tone[r]; bar(some[r][k], k); }
          }
        });
        const range = ranges[p.x.name];
        g.fillStyle = ink; g.globalAlpha = 0.12;
        if (range) g.fillRect(X(range[0]), 0, X(range[1]) - X(range[0]), h);
        g.globalAlpha = 1;
        continue;
      }
      for (const o of p.outlines || []) {
        g.beginPath(); o.points.forEach(([x, y], k) => k ? g.lineTo(X(x), Y(y)) : g.moveTo(X(x), Y(y)));
        g.strokeStyle = several ? tone[o.run] : ink; g.globalAlpha = 0.45; g.lineWidth = scale; g.stroke(); g.globalAlpha = 1;
      }
      const r = 1.1 * scale;
      for (const pass of [0, 1]) {
        g.fillStyle = soft;
        for (let i = 0; i < count; i++) if (selected[i] === pass && (!p.only || p.only(i))) { if (pass) g.fillStyle = tone[run[i]]; g.fillRect(X(p.x.values[i]) - r / 2, Y(p.y.values[i]) - r / 2, r, r); }
      }
      g.lineWidth = 1.5 * scale;
      runs.forEach((_, k) => {
        if (p.fits && !p.fits(k)) return;
        g.strokeStyle = several ? ink : star;
        g.beginPath(); g.arc(X(p.x.best[k]), Y(p.y.best[k]), 4 * scale, 0, 7); g.stroke();
      });
      if (p.outlines) ticks(g, p, w, h, scale);
      const a = ranges[p.x.name], b = ranges[p.y.name];
      if (a || b) {
        const x0 = a ? X(a[0]) : 0, x1 = a ? X(a[1]) : w, y0 = b ? Y(b[1]) : 0, y1 = b ? Y(b[0]) : h;
        g.strokeStyle = ink; g.globalAlpha = 0.5; g.strokeRect(x0, y0, x1 - x0, y1 - y0); g.globalAlpha = 1;
      }
    }
    status.textContent = runs.map((r, k) => {
      const words = several ? r.called + ": " : "";
      if (!any) return words + r.count + " draws";
      const mine = Array.from(selected.subarray(r.first, r.first + r.count)).reduce((a, b) => a + b, 0);
      return words + mine + " of " + r.count + " draws selected, " + (100 * mine / r.count).toFixed(1) + "\u00a0% of the posterior" +
        (mine ? ", which hold at 95\u00a0% " + chosen.map(name => spread(by[name], selected, k)).join("; ") : "");
    }).join(". ") + (any ? "." : "; none is selected.");
  }
  function spread(c, selected, k) {
    const values = Array.from(c.values).filter((_, i) => selected[i] && run[i] === k).sort((a, b) => a - b);
    const q = f => values[Math.min(values.length - 1, Math.floor(f * values.length))];
    return c.text + " " + shown(c, q(0.025)) + " to " + shown(c, q(0.975)) + (c.unit ? " " + c.unit : "");
  }
  function fill() {  // the same selection for the keyboard
    controls.replaceChildren();
    chosen.forEach((name, place) => {
      const c = by[name], row = document.createElement("div");
      const pick = document.createElement("select");
      pick.setAttribute("aria-label", "Quantity " + (place + 1));
      choices.forEach(other => { const o = document.createElement("option"); o.value = other.name; o.textContent = other.text; o.selected = other.name === name; pick.append(o); });
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
