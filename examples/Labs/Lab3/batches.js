"use strict";
// The losses of two batch sizes side by side, from runs that the lab made of all of them.
live.figures.batches = ({ first, second, epochs, logX, logY }, data) => {
  const traces = [], said = [];
  for (const [size, colour] of first === second ? [[first, "#3b8fd0"]] : [[first, "#3b8fd0"], [second, "#e0651f"]]) {
    const { at, train, test, score, right } = data.runs[size];
    const count = epochs * at.length, x = Array.from({ length: count }, (_, i) => Math.floor(i / at.length) + at[i % at.length]);
    const trace = (losses, name, dash) => ({
      type: "scatter", mode: count > 1 ? "lines" : "markers", x, y: losses.slice(0, count), name: `${name}, ${size}`, line: { width: 2, color: colour, dash },
      marker: { color: colour }, hovertemplate: "epoch %{x:.3g}: %{y:.3g}",
    });
    traces.push(trace(train, "training", "solid"), trace(test, "test", "dot"));
    said.push(`batch size ${size}: test loss ${test[count - 1]}, score as published ${score[epochs - 1]} %, right answers ${right[epochs - 1]} %`);
  }
  const axis = (title, log) => ({ title: { text: title, standoff: 8 }, type: log ? "log" : "linear", ...(log ? { exponentformat: "power", dtick: "D2" } : {}) });
  return {
    data: traces, layout: { xaxis: axis("epoch", logX), yaxis: axis("cross entropy", logY), uirevision: [epochs, logX, logY].join() },
    said: `After ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, ${said.join("; ")}.`,
  };
};
