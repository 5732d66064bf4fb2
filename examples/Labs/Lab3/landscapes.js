"use strict";
// Walks of optimizers over landscapes. A landscape is a function that gives its height and its slopes, [f, ∂f/∂x, ∂f/∂y];
// those of this lab were written by the tape.
(() => {
  const adam = (w, g, s, t, rate) => {
    s.m = 0.9 * (s.m ?? 0) + 0.1 * g;
    s.v = 0.999 * (s.v ?? 0) + 0.001 * g * g;
    return w - rate / (1 - 0.9 ** t) * s.m / (Math.sqrt(s.v) / Math.sqrt(1 - 0.999 ** t) + 1e-8);
  };
  // Step t (from 1) of the number w with slope g; s is what the optimizer remembers of it.
  const rules = {
    SGD: (w, g, s, t, { rate, momentum, decay }) => {
      g += decay * w;
      s.b = t === 1 ? g : momentum * s.b + g;
      return w - rate * s.b;
    },
    RMSprop: (w, g, s, t, { rate, momentum, decay }) => {
      g += decay * w;
      s.v = 0.99 * (s.v ?? 0) + 0.01 * g * g;
      s.b = momentum * (s.b ?? 0) + g / (Math.sqrt(s.v) + 1e-8);
      return w - rate * s.b;
    },
    Adagrad: (w, g, s, t, { rate, decay }) => {
      g += decay * w;
      s.v = (s.v ?? 0) + g * g;
      return w - rate * g / (Math.sqrt(s.v) + 1e-10);
    },
    Adam: (w, g, s, t, { rate, decay }) => adam(w, g + decay * w, s, t, rate),
    AdamW: (w, g, s, t, { rate, decay }) => adam(w * (1 - rate * decay), g, s, t, rate),
    Adamax: (w, g, s, t, { rate, decay }) => {
      g += decay * w;
      s.m = 0.9 * (s.m ?? 0) + 0.1 * g;
      s.u = Math.max(0.999 * (s.u ?? 0), Math.abs(g) + 1e-8);
      return w - rate / (1 - 0.9 ** t) * s.m / s.u;
    },
  };

  // Where the optimizer was before the first and after each step; it ends where heights do.
  const walk = (f, [x, y], steps, optimizer, { rate, momentum = 0, decay = 0, gamma = 1 }) => {
    const path = { x: [], y: [], z: [] }, rule = rules[optimizer], ofX = {}, ofY = {};
    for (let t = 1; ; t++) {
      const [z, slopeX, slopeY] = f(x, y);
      path.x.push(x);
      path.y.push(y);
      path.z.push(z);
      if (t > steps || !Number.isFinite(z)) return path;
      x = rule(x, slopeX, ofX, t, { rate, momentum, decay });
      y = rule(y, slopeY, ofY, t, { rate, momentum, decay });
      rate *= gamma;
    }
  };

  const text = number => Number.isFinite(number) ? String(Math.abs(number) < 1e-6 ? 0 : Number(number.toPrecision(4))).replace("-", "−") : "infinity";
  const point = (...numbers) => `(${numbers.map(text).join(", ")})`;
  const colours = ["#ff4d2e", "#ff9ad5", "#b3125f"];

  // The last ground stays: most controls change the walk alone.
  const kept = {};
  const ground = (name, f, limit, resolution, ceiling = Infinity) => {
    const key = [name, limit, resolution].join();
    if (kept[name]?.key !== key) {
      const axis = Array.from({ length: resolution }, (_, i) => -limit + 2 * limit * i / (resolution - 1));
      kept[name] = { key, axis, z: axis.map(y => axis.map(x => Math.min(f(x, y)[0], ceiling))) };
    }
    return kept[name];
  };

  const until = (path, limit) => {
    const left = path.x.findIndex((x, i) => !(Math.abs(x) <= limit && Math.abs(path.y[i]) <= limit));
    return left < 0 ? path.x.length : left;
  };

  // The ground and what lies on it, from above or in space.
  const draw = ({ axis, z }, view, paths, { goal, axes = ["x", "y", "f(x, y)"], ceiling = Infinity, range } = {}) => {
    const limit = axis.at(-1), heights = z.flat(), low = range?.[0] ?? Math.min(...heights), high = range?.[1] ?? Math.max(...heights);
    const height = innerWidth < 600 ? innerWidth : undefined; // a map is a square
    const lift = 0.015 * (high - low), traces = [];
    const ink = "#111111", edge = { color: "#ffffff", width: 1.5 }, hover = "(%{x:.3g}, %{y:.3g})<br>f = %{customdata:.5g}<extra></extra>";
    const colour = { colorscale: "Viridis", colorbar: { thickness: 12 }, x: axis, y: axis, z, hovertemplate: "(%{x:.3g}, %{y:.3g})<br>f = %{z:.5g}<extra></extra>" };
    if (view === "in space") {
      traces.push({ ...colour, type: "surface", cmin: low, cmax: high, contours: { z: { show: true, usecolormap: true, width: 1, highlight: false, project: { z: true } } } });
    } else {
      traces.push({ ...colour, type: "contour", zmin: low, zmax: high, ncontours: 24, line: { width: 0.6 } });
    }
    paths.forEach(({ name, path, colour: own }, i) => {
      const count = view === "in space" ? until(path, limit) : path.x.length;
      const line = { x: path.x.slice(0, count), y: path.y.slice(0, count), customdata: path.z.slice(0, count) };
      const head = { x: line.x.slice(-1), y: line.y.slice(-1), customdata: line.customdata.slice(-1) };
      for (const [part, size] of [[line, view === "in space" ? 3 : 5], [head, view === "in space" ? 7 : 11]]) {
        const look = { name, legendgroup: name, showlegend: part === line && paths.length > 1, hovertemplate: hover,
          marker: { size, color: own ?? colours[i], line: { width: own ? 1 : 0, color: "#444444" } }, line: { width: view === "in space" ? 5 : 2, color: own ?? colours[i] }, mode: part === line ? "lines+markers" : "markers" };
        traces.push(view === "in space"
          ? { ...part, ...look, type: "scatter3d", z: part.customdata.map(height => Math.min(height, ceiling) + lift) }
          : { ...part, ...look, type: "scatter" });
      }
    });
    const mark = { name: "goal", showlegend: false, mode: "markers", hovertemplate: "goal (%{x:.3g}, %{y:.3g})<extra></extra>", x: goal ? [goal[0]] : [], y: goal ? [goal[1]] : [] };
    if (view !== "in space") {
      traces.push({ ...mark, type: "scatter", marker: { size: 13, symbol: "x", color: ink, line: edge } });
      const span = (title, more) => ({ title: { text: title, standoff: 8 }, range: [-limit, limit], constrain: "domain", ...more });
      return { height, data: traces, layout: { xaxis: span(axes[0]), yaxis: span(axes[1], { scaleanchor: "x" }), uirevision: limit } };
    }
    const level = goal ? heightAt(axis, z, goal) + lift : 0;
    traces.push({ ...mark, type: "scatter3d", z: goal ? [level] : [], marker: { size: 6, symbol: "cross", color: ink, line: edge } });
    const span = title => ({ title: { text: title }, range: [-limit, limit] });
    return {
      height, data: traces,
      layout: {
        uirevision: `in space ${limit}`,
        scene: {
          xaxis: span(axes[0]), yaxis: span(axes[1]), zaxis: { title: { text: axes[2] }, ...(range ? { range } : {}) },
          aspectmode: "manual", aspectratio: { x: 1.1, y: 1.1, z: 0.85 }, camera: { eye: { x: 1.3, y: -1.4, z: 0.72 }, center: { x: 0, y: 0, z: -0.15 } },
        },
      },
    };
  };

  const heightAt = (axis, z, [x, y]) => {
    const nearest = v => axis.reduce((best, a, i) => Math.abs(a - v) < Math.abs(axis[best] - v) ? i : best, 0);
    return z[nearest(y)][nearest(x)];
  };

  const said = (name, path, limit) => {
    const steps = path.x.length - 1, left = until(path, limit);
    const end = `${name}: after ${steps} ${steps === 1 ? "step" : "steps"} at ${point(path.x.at(-1), path.y.at(-1))}, f = ${text(path.z.at(-1))}`;
    return left < path.x.length ? `${end}; it left the map at step ${left}.` : `${end}.`;
  };

  // Free settings of an optimizer on one of several landscapes.
  live.figures.walks = (values, data) => {
    const { rate, momentum, gamma, view } = values, name = values.landscape ?? data.landscape;
    const { start, goal, ceiling } = data.landscapes[name], f = live.functions[name];
    const optimizer = values.optimizer ?? "SGD", limit = values.limit ?? data.limit;
    const label = values.optimizer ?? "descent";
    const go = chosen => walk(f, start, values.steps, chosen, { rate, momentum, gamma, decay: chosen === "AdamW" ? 0.01 : 0 });
    const paths = [{ name: label, path: go(optimizer) }], published = data.published?.[optimizer];
    if (published && values.published) paths.push({ name: `as published: ${published}`, path: go(published) });
    const drawing = draw(ground(name, f, limit, limit > 8 ? 161 : 81, ceiling), view, paths, { goal, ceiling });
    return { ...drawing, said: paths.map(({ name, path }) => said(name, path, limit)).join(" ") };
  };

  // Weight decay: the walk that decays, over the landscape that it sees or over the one that was asked for.
  live.figures.decay = (values, data) => {
    const { rate, momentum, decay, steps, view, optimizer, penalized } = values;
    const plain = live.functions.Rastrigin, seen = (x, y) => plain(x, y, decay / 2);
    const path = walk(plain, data.start, steps, optimizer, { rate, momentum, decay });
    const shown = penalized ? { ...path, z: path.x.map((x, i) => seen(x, path.y[i])[0]) } : path;
    const map = ground(`decay ${penalized ? decay : "none"}`, penalized ? seen : plain, values.limit, values.limit > 8 ? 161 : 81);
    return { ...draw(map, view, [{ name: optimizer, path: shown }], { goal: [0, 0] }), said: said(optimizer, path, values.limit) };
  };

  // Where a penalty draws the lowest point of a landscape whose minimum is elsewhere.
  live.figures.pitfall = ({ penalty, shift, limit, view }) => {
    const f = (x, y) => live.functions.Rastrigin(x, y, penalty, shift);
    const map = ground(`pitfall ${penalty} ${shift}`, f, limit, limit > 8 ? 241 : 121);
    let best = 0;
    map.axis.forEach((_, i) => { if (map.z[i][i] < map.z[best][best]) best = i; });
    const [lowest, white] = [map.axis[best], shift].map(at => ({ x: [at], y: [at], z: [f(at, at)[0]] }));
    const paths = [{ name: "(shift, shift)", path: white, colour: "#ffffff" }, { name: "lowest point of the map", path: lowest }];
    return {
      ...draw(map, view, paths),
      said: `Lowest point of the map: ${point(map.axis[best], map.axis[best])}; the middle of the bowls' sum: ${point(shift / (1 + penalty), shift / (1 + penalty))}.`,
    };
  };

  // The loss of a model of two parameters over some points, whose targets a hidden θ made, and Adam's way down.
  live.figures.losses = ({ points, loss, model, rate, steps, view }, data) => {
    const f = live.functions[data.models[model]], [a, b] = data.hidden;
    const sample = data.x.slice(0, points).map((x, i) => [x, data.y[i], f(x, data.y[i], a, b)[0]]);
    const over = (a, b) => sample.reduce((sum, [x, y, target]) => {
      const [value, , , byA, byB] = f(x, y, a, b), off = value - target;
      const [height, slope] = loss === "squared" ? [off * off, 2 * off] : [Math.abs(off), Math.sign(off)];
      return [sum[0] + height / points, sum[1] + slope * byA / points, sum[2] + slope * byB / points];
    }, [0, 0, 0]);
    const path = walk(over, data.start, steps, "Adam", { rate });
    const map = ground(`losses ${points} ${loss} ${model}`, over, 4, 61);
    return { ...draw(map, view, [{ name: "Adam", path }], { goal: data.hidden, axes: ["θ₁", "θ₂", "loss"] }), said: said("Adam", path, 4) };
  };

  // A model that learns one point: its landscape after some steps.
  live.figures.model = ({ step, rate, view }, data) => {
    const f = live.functions.Learnable, [[x, y, target]] = data.points;
    const loss = (a, b) => {
      const [value, , , byA, byB] = f(x, y, a, b), off = value - target;
      return [off * off, 2 * off * byA, 2 * off * byB];
    };
    const path = walk(loss, data.start, step, "Adam", { rate }), [a, b] = [path.x.at(-1), path.y.at(-1)];
    const at = z => ({ x: [x], y: [y], z: [z] });
    const now = f(x, y, a, b)[0];
    const paths = [
      { name: "what f(p) should be", path: at(target), colour: "#e0651f" },
      { name: "f(p) at first", path: at(f(x, y, ...data.start)[0]), colour: "#1fa37a" },
    ];
    const map = ground(`model ${a} ${b}`, (x, y) => f(x, y, a, b), 3, 61);
    return { ...draw(map, view, paths, { range: [-1.5, 0.8] }), said: `After ${step} steps θ = ${point(a, b)}, f(p) = ${text(now)}, loss = ${text(path.z.at(-1))}.` };
  };

  live.walk = walk;
})();
