// What a step's text is made of: tensors as tables, rules, Jacobians, lines of code.

function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const code = text => h("code", {}, text);
const quiet = (...parts) => h("p", { className: "quiet" }, ...parts);
const heading = text => h("h3", {}, text);

/** A tensor as a table; of a large one the first elements and statistics. */
function table(tensor, kind, pick) {
  if (!tensor) return quiet("not kept");
  if (!isWhole(tensor)) {
    const { least, greatest, mean, deviation } = tensor;
    return quiet(`${tensor.count} elements [${tensor.shape.join(", ")}]: ${tensor.values.map(digits).join(", ")}, … least ${digits(least)}, `
      + `greatest ${digits(greatest)}, mean ${digits(mean)}, deviation ${digits(deviation)}`);
  }
  const columns = tensor.shape.length === 0 ? 1 : tensor.shape[tensor.shape.length - 1], rows = [];
  for (let start = 0; start < tensor.values.length; start += columns) {
    rows.push(h("tr", {}, tensor.values.slice(start, start + columns).map((value, i) => {
      const cell = h("td", {}, digits(value));
      if (pick) {
        cell.dataset.element = start + i;
        cell.addEventListener("pointerover", () => pick(start + i));
        cell.addEventListener("click", () => pick(start + i));
      }
      return cell;
    })));
  }
  return h("table", { className: `tensor ${kind}`, role: "presentation" }, h("tbody", {}, rows));
}

/** A tensor whose elements can be chosen, by pointer or by the list, and a line of text for the chosen one. */
function chooser(tensor, kind, label, textOf) {
  const line = h("span", { className: "rule", "data-numbers": "" });
  if (!isWhole(tensor) || textOf(0) === null) return [table(tensor, kind)];
  const list = h("select", { "aria-label": label });
  tensor.values.forEach((_, i) => list.append(h("option", { value: i }, `[${place(i, tensor.shape).join(", ")}]`)));
  const pick = i => {
    list.value = i;
    line.textContent = textOf(i);
    cells.querySelectorAll("td").forEach(cell => cell.classList.toggle("chosen", tensor.values.length > 1 && Number(cell.dataset.element) === i));
  };
  const cells = table(tensor, kind, pick);
  list.addEventListener("change", () => pick(Number(list.value)));
  pick(0);
  return [line, h("div", { className: "product" }, cells, tensor.values.length > 1 ? h("label", { className: "quiet pick" }, "element ", list) : null)];
}

function rule(letters) {
  const at = letters.indexOf(" = ");
  return h("span", { className: "rule" }, at < 0 ? letters : [h("b", {}, letters.slice(0, at)), letters.slice(at)]);
}

const bytes = count => count < 10000 ? `${count} bytes` : count < 1e7 ? `${(count / 1000).toFixed(0)} kB` : count < 1e10 ? `${(count / 1e6).toFixed(0)} MB`
  : `${(count / 1e9).toFixed(0)} GB`;

/** The Jacobian that is not formed, grey, between the vector and the product; of a large one the size alone. */
function jacobian(visit, sent) {
  const count = sent.rows * sent.columns;
  const size = quiet(`Not formed: ${sent.rows} × ${sent.columns} = ${count.toLocaleString("en")} numbers (${bytes(8 * count)} in float64). `
    + `The rule goes straight from ${sent.rows} to ${sent.columns}.`);
  if (!sent.jacobian || !isWhole(visit.gradient)) return [size];
  const matrix = h("table", { className: "jacobian", role: "presentation" },
    h("tbody", {}, sent.jacobian.map(row => h("tr", {}, row.map(value => h("td", {}, digits(value)))))));
  const row = tensor => ({ shape: [tensor.values.length], values: tensor.values });
  return [h("div", { className: "scroller", tabIndex: 0, role: "group", "aria-label": "Vector times Jacobian" },
    h("div", { className: "product" }, table(row(visit.gradient), "gradient"),
      h("span", { className: "factor" }, "·", matrix), h("span", { className: "factor" }, "=", table(row(sent.value), "gradient")))), size];
}

function spelling(box) {
  const rows = [];
  if (box.code) rows.push(h("dt", {}, "C#"), h("dd", {}, code(box.code), h("span", { className: "quiet" }, ` ${box.place}`)));
  else if (box.place) rows.push(h("dt", {}, "C#"), h("dd", {}, code(box.place)));
  if (box.pytorch) rows.push(h("dt", {}, "PyTorch"), h("dd", {}, code(box.pytorch)));
  return rows.length === 0 ? null : h("div", {}, heading("The line"), h("dl", { className: "spelling" }, rows));
}

/** The leaf's derivatives beside finite differences; the chosen one is worked out below. */
function differences(visit) {
  if (!visit.differences?.length) return null;
  const work = h("span", { className: "rule", "data-numbers": "" }), shape = visit.gradient.shape;
  const rows = visit.differences.map((each, i) => h("tr", {},
    h("td", {}, h("button", { type: "button", onclick: () => choose(i) }, `[${place(each.element, shape).join(", ")}]`)),
    h("td", {}, digits(each.gradient)), h("td", {}, digits(each.quotient)),
    h("td", { className: each.agrees ? "yes" : "no" }, each.agrees ? "agrees" : "differs")));
  const choose = i => {
    const { low, high, step, quotient } = visit.differences[i];
    work.textContent = `(f(x + h) - f(x - h)) / 2h = (${high} - ${low.startsWith("-") ? `(${low})` : low}) / ${digits(Number(step))} = ${digits(quotient)}`;
    rows.forEach((row, k) => row.classList.toggle("chosen", k === i));
  };
  choose(0);
  return h("div", {}, heading("Checked by finite differences"), work, h("div", { className: "scroller", tabIndex: 0, role: "group", "aria-label": "Finite differences" },
    h("table", { className: "differences" }, h("thead", {}, h("tr", {}, ["element", "tape", "difference", ""].map(text => h("th", { scope: "col" }, text)))), h("tbody", {}, rows))));
}
