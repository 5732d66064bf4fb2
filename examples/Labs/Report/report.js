"use strict";
(() => {
  // What is wider than the page scrolls by itself: by the keyboard, too.
  const reachable = () => {
    for (const box of document.querySelectorAll("pre, .scroll, math[display='block']")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  reachable();
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);
  if (!document.getElementById("shared-arrays")) return;

  const shared = JSON.parse(document.getElementById("shared-arrays").textContent);
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const isNarrow = () => innerWidth < 600;

  // Numbers as bytes: single precision, or places on a scale; of a grid row by row.
  const unpack = list => {
    const bytes = Uint8Array.from(atob(list.f4 ?? list.u2), c => c.charCodeAt(0)).buffer;
    const flat = list.f4 !== undefined
      ? Array.from(new Float32Array(bytes), v => Number.isNaN(v) ? null : Number(v.toPrecision(7)))
      : Array.from(new Uint16Array(bytes), n => n === 65535 ? null : Number((list.from + n * list.step).toPrecision(5)));
    if (!list.columns) return flat;
    return Array.from({ length: flat.length / list.columns }, (_, i) => flat.slice(i * list.columns, (i + 1) * list.columns));
  };

  // A list that several figures share stands once on the page, as {"$shared": index}.
  const resolve = node => {
    if (node === null || typeof node !== "object") return node;
    if ("$shared" in node) {
      const list = shared[node.$shared];
      return Array.isArray(list) ? list : shared[node.$shared] = unpack(list);
    }
    for (const key of Object.keys(node)) node[key] = resolve(node[key]);
    return node;
  };

  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Rows that the legend takes, by about how wide its words are: those beyond the first make the figure higher.
  const legendRows = (figure, width) => {
    let rows = 1, x = 0;
    for (const trace of figure.data) {
      if (trace.showlegend === false || !trace.name) continue;
      const wide = 52 + 7.2 * trace.name.length;
      if (x > 0 && x + wide > width) { rows++; x = 0; }
      x += wide;
    }
    return x === 0 ? 0 : rows;
  };

  // What the page decides for every figure: ink, rules and room, in the reader's light or dark. The title is the page's.
  const themed = (figure, height, width) => {
    const ink = colour("--ink"), rule = colour("--rule"), quiet = colour("--quiet");
    const axis = { gridcolor: rule, linecolor: quiet, zerolinecolor: rule, automargin: true };
    const axis3d = { gridcolor: rule, linecolor: quiet, zerolinecolor: rule, showbackground: false };
    const rows = legendRows(figure, width - 40), scene = figure.layout.scene;
    const template = {
      layout: {
        font: { color: ink, family: "system-ui, 'Segoe UI', 'Noto Sans', sans-serif", size: isNarrow() ? 11 : 13 },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: axis, yaxis: axis, scene: { xaxis: axis3d, yaxis: axis3d, zaxis: axis3d },
        legend: { orientation: "h", y: 1.01, yanchor: "bottom", x: 0 },
        hoverlabel: { align: "left" },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: quiet, activecolor: colour("--link") },
        annotationdefaults: { font: { color: ink }, arrowcolor: ink },
      },
    };
    const margin = scene ? { l: 0, r: 0, t: rows ? 12 + 22 * rows : 26, b: 4 } : { l: 60, r: isNarrow() ? 8 : 24, t: rows ? 12 + 22 * rows : 28, b: 52 };
    const { title, updatemenus, sliders, ...layout } = figure.layout;
    if (scene?.camera && isNarrow()) {
      // From further away, so that the surface's corners stay inside; the height's name would not, and a title says it.
      const { x, y, z } = scene.camera.eye;
      layout.scene = { ...scene, zaxis: { ...scene.zaxis, title: { text: "" } }, camera: { ...scene.camera, eye: { x: 1.3 * x, y: 1.3 * y, z: 1.3 * z } } };
    }
    // What is as wide as high leaves a narrow page's height unused.
    const high = isNarrow() && (scene || layout.yaxis?.scaleanchor) ? Math.min(height, 1.15 * width) : height;
    return { ...layout, template, height: high + 22 * Math.max(0, rows - 1), margin: { ...margin, ...layout.margin } };
  };

  // A narrow page puts fewer images into a row, so that their captions have room.
  const tiled = (figure, width) => {
    const { columns, count, width: w, height: h } = figure.tiles, fewer = Math.max(1, Math.floor(width / 80));
    if (fewer >= columns) return figure;
    const place = i => [i % columns * w, Math.floor(i / columns) * h], old = figure.data[0].z;
    const z = Array.from({ length: Math.ceil(count / fewer) * h }, () => Array(fewer * w).fill(null));
    const annotations = (figure.layout.annotations ?? []).map((caption, i) => {
      const [x, y] = place(i);
      return { ...caption, x: caption.x - x + i % fewer * w, y: caption.y - y + Math.floor(i / fewer) * h };
    });
    for (let i = 0; i < count; i++) {
      const [x, y] = place(i), from = i % fewer * w, top = Math.floor(i / fewer) * h;
      for (let row = 0; row < h; row++) for (let column = 0; column < w; column++) z[top + row][from + column] = old[y + row]?.[x + column] ?? null;
    }
    return { ...figure, height: 24 + width / (fewer * w) * z.length, data: [{ ...figure.data[0], z }], layout: { ...figure.layout, annotations } };
  };

  const draw = async (view, figure, height) => {
    const { plot } = view, width = plot.clientWidth;
    // A window of no width is not looked at: a browser may shrink it for a moment, as for a picture of the page.
    if (!width) return;
    const shown = figure.tiles ? tiled(figure, width) : figure;
    if (figure.layout.title?.text) view.place.querySelector(".title").textContent = figure.layout.title.text;
    // Plotly writes into the traces while they move.
    const data = shown.data.map(trace => ({ ...trace }));
    // A narrow page has no room for a scale beside a surface, whose axis says the heights.
    if (isNarrow()) for (const trace of data) if (trace.type === "surface") trace.showscale = false;
    await (figure.live && plot.data ? Plotly.react : Plotly.newPlot)(plot, data, themed(shown, shown.height || height, width), config);
    // The room that was kept for it may be more than it takes.
    plot.style.minHeight = "";
    view.player ??= figure.motion && player(view);
    view.player?.follow(figure.motion);
  };

  // What each moving trace shows in a frame.
  const momentOf = (motion, frame) => {
    const step = motion.steps[frame], at = list => Array.isArray(list) ? list[Math.min(step, list.length - 1)] : list;
    const value = member => "grow" in member ? member.grow.slice(0, step + 1)
      : "at" in member ? member.at.map(at)
      : "fill" in member ? Array(Math.min(step + 1, member.count)).fill(member.fill)
      : member.each[frame];
    const data = motion.parts.map(({ trace, ...members }) =>
      Object.fromEntries(Object.entries(members).map(([name, member]) => [name, value(member)])));
    return { data, traces: motion.parts.map(part => part.trace) };
  };

  // A button and a slider under a figure that moves: a slider's own keys go from frame to frame, the space bar plays.
  const player = view => {
    const stillness = matchMedia("(prefers-reduced-motion: reduce)");
    const row = document.createElement("div"), button = document.createElement("button");
    const slider = document.createElement("input"), output = document.createElement("output");
    row.className = "player";
    button.type = "button";
    slider.type = "range";
    slider.min = 0;
    row.append(button, slider, output);
    view.plot.after(row);
    let motion, timer = 0;
    const say = () => {
      const frame = Number(slider.value), name = motion.names?.[frame] ?? motion.steps[frame];
      output.value = `${motion.word} ${name}`;
      slider.setAttribute("aria-valuetext", output.value);
    };
    const word = () => {
      button.textContent = timer ? "❚❚" : "▶";
      button.setAttribute("aria-label", `${timer ? "Pause" : "Play"}: ${view.place.querySelector(".title").textContent}`);
    };
    const seek = frame => {
      slider.value = frame;
      say();
      const wanted = motion;
      return inTurn(view, () => wanted === motion && view.drawn && Plotly.animate(
        view.plot, momentOf(motion, frame), { mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 } }), "frame");
    };
    const stop = () => { clearTimeout(timer); timer = 0; word(); };
    const next = async mine => {
      const frame = Number(slider.value);
      if (frame >= Number(slider.max) || !view.drawn) return stop();
      await seek(frame + 1);
      if (timer === mine) play();
    };
    const play = () => { const mine = timer = setTimeout(() => next(mine), motion.duration); };
    const toggle = () => {
      if (timer) return stop();
      if (slider.value === slider.max) seek(0);
      play();
      word();
    };
    button.onclick = toggle;
    slider.oninput = () => { stop(); seek(Number(slider.value)); };
    slider.onkeydown = event => {
      if (event.key !== " ") return;
      event.preventDefault();
      if (!stillness.matches) toggle();
    };
    const quieten = () => { button.hidden = stillness.matches; if (stillness.matches && timer) stop(); };
    stillness.addEventListener("change", quieten);
    quieten();
    // The figure was drawn as it is at its end.
    const follow = now => {
      row.hidden = !now;
      if (!now) return;
      motion = now;
      stop();
      slider.max = motion.steps.length - 1;
      slider.value = slider.max;
      slider.setAttribute("aria-label", `${motion.word}: ${view.place.querySelector(".title").textContent}`);
      say();
    };
    return { follow, stop: () => motion && stop() };
  };

  // Plotly can't begin or clear a drawing while it is at another: each waits for its turn, and only the latest wish of
  // a kind counts.
  const inTurn = (view, work, kind = "drawing") => {
    view.wishes ??= {};
    const wish = view.wishes[kind] = (view.wishes[kind] ?? 0) + 1;
    return view.turn = (view.turn ?? Promise.resolve()).then(() => wish === view.wishes[kind] ? work() : undefined).catch(error => {
      // Plotly rejects, without a reason, an animation that another one ends.
      if (error !== undefined) console.error(error);
    });
  };

  const control = (setting, chosen, changed) => {
    // A label around buttons would press the first one.
    const label = document.createElement(setting.choices.length > 6 ? "label" : "div");
    label.className = "setting";
    label.append(setting.name);
    if (setting.choices.length > 6) {
      const select = document.createElement("select");
      for (const choice of setting.choices) select.append(new Option(choice, choice, false, choice === chosen));
      select.onchange = () => changed(select.value);
      label.append(select);
      return label;
    }
    const group = document.createElement("span");
    group.className = "choices";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", setting.name);
    for (const choice of setting.choices) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = choice;
      button.setAttribute("aria-pressed", choice === chosen);
      button.onclick = () => {
        for (const other of group.children) other.setAttribute("aria-pressed", other === button);
        changed(choice);
      };
      group.append(button);
    }
    label.append(group);
    return label;
  };

  const views = [...document.querySelectorAll("script[data-figure]")].map(script => {
    const place = document.getElementById(script.dataset.figure);
    return { script, place, plot: place.querySelector(".plot"), drawn: false };
  });

  // Without the library beside the page the stills stay.
  if (!window.Plotly) {
    document.documentElement.classList.remove("js");
    return;
  }

  const prepare = view => {
    if (view.json) return;
    view.json = resolve(JSON.parse(view.script.textContent));
    const { settings, variants } = view.json;
    if (view.json.live) live.prepare(view.json, view.place, () => show(view));
    if (!variants) return;
    view.choices = [...variants[0].choices];
    settings.forEach((setting, i) => view.place.querySelector(".controls").append(
      control(setting, view.choices[i], choice => { view.choices[i] = choice; show(view); })));
  };

  const show = view => {
    prepare(view);
    view.drawn = true;
    const { variants, height } = view.json;
    if (view.json.live) {
      inTurn(view, () => {
        const figure = live.compute(view.json);
        return draw(view, figure, figure.height || height);
      });
      return;
    }
    const found = variants ? variants.find(v => v.choices.every((c, i) => c === view.choices[i])) : { figure: view.json };
    if (found) {
      view.plot.querySelector(".message")?.remove();
      inTurn(view, () => draw(view, found.figure, found.figure.height || height));
    } else {
      inTurn(view, () => {
        view.player?.follow(null);
        Plotly.purge(view.plot);
        view.plot.innerHTML = "<p class='message'>This combination was not run.</p>";
      });
    }
  };

  // Browsers keep some sixteen WebGL contexts: a figure is drawn when it comes near and cleared when far away.
  const near = new IntersectionObserver(entries => {
    for (const entry of entries) {
      const view = views.find(v => v.place === entry.target);
      if (entry.isIntersecting && !view.drawn) show(view);
      else if (!entry.isIntersecting && view.drawn) {
        view.plot.style.minHeight = `${view.plot.offsetHeight}px`;
        view.player?.stop();
        inTurn(view, () => Plotly.purge(view.plot));
        view.drawn = false;
      }
    }
  }, { rootMargin: "600px 0px" });
  for (const view of views) near.observe(view.place);

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const view of views) if (view.drawn) show(view);
  });

  // Between a wide page and a narrow one figures change their letters and their legends' room.
  let wasNarrow = isNarrow();
  addEventListener("resize", () => {
    if (wasNarrow === isNarrow()) return;
    wasNarrow = isNarrow();
    for (const view of views) if (view.drawn) show(view);
  });
})();
