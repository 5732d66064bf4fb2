"use strict";
(() => {
  const shared = JSON.parse(document.getElementById("shared-arrays").textContent);
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };

  // A list that several figures share stands once on the page, as {"$shared": index}; "take" means its beginning.
  const resolve = node => {
    if (node === null || typeof node !== "object") return node;
    if ("$shared" in node) return "take" in node ? shared[node.$shared].slice(0, node.take) : shared[node.$shared];
    for (const key of Object.keys(node)) node[key] = resolve(node[key]);
    return node;
  };

  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // What the page decides for every figure: ink, rules and room, in the reader's light or dark.
  const themed = (figure, height) => {
    const ink = colour("--ink"), rule = colour("--rule"), panel = colour("--panel");
    const axis = { gridcolor: rule, linecolor: rule, zerolinecolor: rule, automargin: true };
    const axis3d = { gridcolor: rule, linecolor: rule, zerolinecolor: rule, showbackground: false };
    const menus = (figure.layout.updatemenus || []).map(menu => ({ ...menu, bgcolor: panel, bordercolor: rule, font: { color: ink } }));
    const sliders = (figure.layout.sliders || []).map(slider => ({
      ...slider, bgcolor: rule, bordercolor: colour("--quiet"), activebgcolor: colour("--link"), tickcolor: colour("--quiet"), font: { color: ink, size: 11 },
    }));
    const template = {
      layout: {
        font: { color: ink, family: "system-ui, 'Segoe UI', 'Noto Sans', sans-serif", size: 13 },
        title: { font: { size: 16 }, x: 0.01, xanchor: "left", y: 0.98, yanchor: "top", yref: "container" },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: axis, yaxis: axis, scene: { xaxis: axis3d, yaxis: axis3d, zaxis: axis3d },
        legend: { orientation: "h", y: figure.layout.scene ? 1 : 1.02, yanchor: figure.layout.scene ? "top" : "bottom", x: 0 },
        hoverlabel: { align: "left" },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--quiet"), activecolor: colour("--link") },
        annotationdefaults: { font: { color: ink }, arrowcolor: ink },
      },
    };
    const margin = figure.layout.scene ? { l: 0, r: 0, t: 44, b: 10 } : { l: 60, r: 24, t: 64, b: 52 };
    return { ...figure.layout, template, height, margin: { ...margin, ...figure.layout.margin }, updatemenus: menus, sliders };
  };

  const draw = async (plot, figure, height) => {
    await Plotly.newPlot(plot, figure.data, themed(figure, height), config);
    if (figure.frames) await Plotly.addFrames(plot, figure.frames);
  };

  // Plotly can't begin or clear a drawing while it is at another: each waits for its turn, and only the latest wish counts.
  const inTurn = (view, work) => {
    const wish = view.wish = (view.wish ?? 0) + 1;
    view.turn = (view.turn ?? Promise.resolve()).then(() => wish === view.wish ? work() : undefined).catch(console.error);
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
    if (!variants) return;
    view.choices = [...variants[0].choices];
    settings.forEach((setting, i) => view.place.querySelector(".controls").append(
      control(setting, view.choices[i], choice => { view.choices[i] = choice; show(view); })));
  };

  const show = view => {
    prepare(view);
    view.drawn = true;
    const { variants, height } = view.json;
    const found = variants ? variants.find(v => v.choices.every((c, i) => c === view.choices[i])) : { figure: view.json };
    if (found) {
      view.plot.querySelector(".message")?.remove();
      inTurn(view, () => draw(view.plot, found.figure, found.figure.height || height));
    } else {
      inTurn(view, () => {
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
        inTurn(view, () => Plotly.purge(view.plot));
        view.drawn = false;
      }
    }
  }, { rootMargin: "600px 0px" });
  for (const view of views) near.observe(view.place);

  // Plotly rejects, without a reason, the promise of an animation that the reader interrupts.
  addEventListener("unhandledrejection", event => { if (event.reason === undefined) event.preventDefault(); });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const view of views) if (view.drawn) show(view);
  });
})();
