"use strict";
// Figures that are computed in the page. A figure's script adds its function:
// live.figures.name = (values, data) => ({ data, layout, said }), with the controls' values by their keys.
const live = (() => {
  const figures = {}, functions = {};
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  // A slider counts places from 0, so that its arrow keys go from one number to the next on a logarithmic scale, too.
  const places = ({ from, to, step, log, zero, value }) => {
    const count = log ? 200 : Math.round((to - from) / step);
    const inverse = v => log ? (v <= 0 ? 0 : Math.round(count * Math.log(v / from) / Math.log(to / from))) : Math.round((v - from) / step);
    const first = inverse(value);
    const at = place => place === first ? value // which may lie between two places
      : log ? (zero && place === 0 ? 0 : Number((from * (to / from) ** (place / count)).toPrecision(3)))
      : Number((from + place * step).toPrecision(12));
    return { count, first, at };
  };

  const element = (name, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };

  const slider = (control, id, values, changed) => {
    const { count, first, at } = places(control);
    const input = element("input", { type: "range", id, min: 0, max: count, step: 1, value: first });
    const output = element("output", { htmlFor: id });
    const show = () => {
      values[control.key] = at(Number(input.value));
      output.value = String(values[control.key]);
      input.setAttribute("aria-valuetext", output.value);
    };
    input.oninput = () => { show(); changed(); };
    show();
    const row = element("div", { className: "setting slider" }, element("label", { htmlFor: id }, control.label), input, output);
    if (control.plays) row.append(player(control.label, input, count));
    return row;
  };

  // Moves a slider to its end by itself. Who wants no motion gets no such button.
  const player = (label, input, count) => {
    let timer = 0;
    const button = element("button", { type: "button", className: "play", hidden: still.matches });
    const show = () => {
      button.textContent = timer ? "❚❚" : "▶";
      button.setAttribute("aria-label", `${timer ? "Pause" : "Play"}: ${label}`);
    };
    const stop = () => { clearInterval(timer); timer = 0; show(); };
    const step = () => {
      if (Number(input.value) >= count || !input.isConnected) return stop();
      input.value = Number(input.value) + 1;
      input.oninput();
    };
    button.onclick = () => {
      if (timer) return stop();
      if (Number(input.value) >= count) { input.value = 0; input.oninput(); }
      timer = setInterval(step, Math.min(400, Math.max(60, 6000 / count)));
      show();
    };
    still.addEventListener("change", () => { button.hidden = still.matches; stop(); });
    show();
    return button;
  };

  const choice = (control, id, values, changed) => {
    const select = element("select", { id });
    for (const word of control.choices) select.append(new Option(word, word, false, word === control.value));
    select.onchange = () => { values[control.key] = select.value; changed(); };
    return element("div", { className: "setting" }, element("label", { htmlFor: id }, control.label), select);
  };

  const toggle = (control, id, values, changed) => {
    const box = element("input", { type: "checkbox", id, checked: control.value });
    box.onchange = () => { values[control.key] = box.checked; changed(); };
    return element("div", { className: "setting" }, box, element("label", { htmlFor: id }, control.label));
  };

  // Puts the figure's controls into its place and keeps their values in it.
  const prepare = (figure, place, changed) => {
    figure.values = {};
    const controls = place.querySelector(".controls");
    controls.classList.add("live");
    figure.controls.forEach((control, i) => {
      figure.values[control.key] = control.value;
      const make = { slider, choice, toggle }[control.kind];
      controls.append(make(control, `${place.id}-${i + 1}`, figure.values, changed));
    });
    figure.said = element("p", { className: "said", role: "status" });
    const plot = place.querySelector(".plot");
    plot.style.minHeight = ""; // as high as what is drawn
    plot.after(figure.said);
  };

  // What Plotly is to draw now.
  const compute = figure => {
    const { data, layout, said, height } = figures[figure.live](figure.values, figure.data);
    if (figure.said && figure.said.textContent !== said) figure.said.textContent = said ?? "";
    return { live: true, height, data, layout: { title: { text: figure.title }, uirevision: "keep", ...layout } };
  };

  return { figures, functions, prepare, compute };
})();
