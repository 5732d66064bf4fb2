"use strict";
// Small grey images in a grid: of each set a string of hexadecimal digits, one for each pixel's grey, and captions.
// Where the reader doesn't choose, as many stand in a row as have room for their captions.
live.figures.digits = ({ columns = Math.max(1, Math.min(8, Math.floor((innerWidth - 60) / 80))), rows, count, answers, set }, data) => {
  const side = 28, gap = 3, { pixels, captions } = data.sets[set ?? Object.keys(data.sets)[0]];
  const shown = Math.min(count ?? rows * columns, captions.length), across = Math.min(columns, shown), down = Math.ceil(shown / across);
  const named = answers !== false, cell = side + gap, tall = cell + (named ? 6 : 0);
  const z = Array.from({ length: down * tall }, () => Array(across * cell).fill(null));
  const annotations = [];
  for (let i = 0; i < shown; i++) {
    const left = i % across * cell, top = Math.floor(i / across) * tall;
    for (let k = 0; k < side * side; k++) {
      z[top + Math.floor(k / side)][left + k % side] = parseInt(pixels[i * side * side + k], 16);
    }
    if (named) annotations.push({ x: left + side / 2, y: top + side + 0.5, text: captions[i], showarrow: false, yanchor: "top", font: { size: 11 } });
  }
  const bare = { visible: false, constrain: "domain" };
  return {
    height: 60 + down * Math.min(128, (Math.min(innerWidth, 960) - 60) / across * tall / cell),
    data: [{ type: "heatmap", z, zmin: 0, zmax: 15, colorscale: [[0, "#101216"], [1, "#f7f7f5"]], showscale: false, hoverinfo: "skip" }],
    layout: { xaxis: bare, yaxis: { ...bare, autorange: "reversed", scaleanchor: "x" }, annotations, margin: { l: 12, r: 12, t: 44, b: 12 }, uirevision: shown },
    said: data.said.replace("{shown}", shown).replace("{all}", data.sets[set ?? Object.keys(data.sets)[0]].all ?? captions.length),
  };
};
