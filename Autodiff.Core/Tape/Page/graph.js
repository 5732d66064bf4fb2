// The graph as a drawing: boxes, the lines between them, and what one step lights.

const boxWidth = 122, boxHeight = 60, pitch = 226, rowPitch = 84, margin = 14;

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const cut = (text, room = 15) => text.length > room ? `${text.slice(0, room - 1)}…` : text;

const left = box => margin + box.column * pitch;
const middle = row => margin + row * rowPitch + boxHeight / 2;

function drawGraph() {
  const width = left({ column: Math.max(...tape.boxes.map(box => box.column)) }) + boxWidth + 90;
  const rows = [...tape.boxes.map(box => box.row), ...tape.lines.flatMap(line => line.rows)];
  const height = middle(Math.max(...rows)) + boxHeight / 2 + margin;
  const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  for (const line of tape.lines) {
    line.drawn = svg("path", { class: `line ${tape.boxes[line.from].kind}`, d: wayOf(line) });
    drawing.append(line.drawn);
  }
  for (const box of tape.boxes) {
    box.drawn = drawBox(box);
    drawing.append(box.drawn);
  }
  const tags = svg("g", {});
  drawing.append(tags);
  document.getElementById("scroller").append(drawing);
  return tags;
}

function drawBox(box) {
  const x = left(box), y = middle(box.row) - boxHeight / 2;
  box.valueText = svg("text", { class: "value", x: x + 9, y: y + 36 });
  box.gradientText = svg("text", { class: "gradient", x: x + 9, y: y + 52 });
  const title = box.kind === "operation" ? `${box.name} ${box.operation}` : `${box.name} ${box.shape}`;
  return svg("g", { class: `box ${box.kind}` }, svg("title", {}, box.why ? `${box.name}: ${box.why}` : title),
    svg("rect", { x, y, width: boxWidth, height: boxHeight, rx: 5 }), svg("text", { x: x + 9, y: y + 18 }, cut(title)), box.valueText, box.gradientText);
}

const portOf = line => {
  const to = tape.boxes[line.to];
  return middle(to.row) - boxHeight / 2 + boxHeight * (line.operand + 1) / (to.inputs.length + 1);
};

function wayOf(line) {
  const from = tape.boxes[line.from];
  const points = [[left(from) + boxWidth, middle(from.row)]];
  line.rows.forEach((row, i) => {
    const x = margin + (from.column + 1 + i) * pitch;
    points.push([x, middle(row)], [x + boxWidth, middle(row)]);
  });
  points.push([left(tape.boxes[line.to]), portOf(line)]);
  return points.map(([x, y], i) => {
    if (i === 0) return `M${x} ${y}`;
    const [before, height] = points[i - 1], half = (x - before) / 2;
    return `C${before + half} ${height} ${x - half} ${y} ${x} ${y}`;
  }).join("");
}

/** A number on a line: just before the operation that it goes into, or just behind the box that it leaves. */
function tag(x, y, text, kind, isBefore) {
  const width = text.length * 7.3 + 6, start = isBefore ? x - width - 5 : x + 5;
  return svg("g", { class: `tag ${kind}` }, svg("rect", { x: start, y: y - 9, width, height: 17, rx: 3 }), svg("text", { x: start + 3, y: y + 4 }, text));
}
