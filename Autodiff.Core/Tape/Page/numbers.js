"use strict";
// Numbers, elements of tensors, and rules with numbers put in for their letters.

const digits = value => typeof value === "number" ? String(Number(value.toPrecision(4))) : value === "Infinity" ? "∞" : value === "-Infinity" ? "-∞" : String(value);

const inFormula = value => typeof value === "number" && value < 0 || value === "-Infinity" ? `(${digits(value)})` : digits(value);

const isWhole = tensor => !!tensor && tensor.count === undefined;

const sizeOf = tensor => tensor.count ?? tensor.values.length;

/** The tensor in one line, cut where it is long. */
function short(tensor, room = 15) {
  if (!tensor) return "";
  if (tensor.shape.length === 0 || sizeOf(tensor) === 1) return digits(tensor.values[0]);
  const text = isWhole(tensor) ? nested(tensor.values.map(digits), tensor.shape) : "";
  return text && text.length <= room ? text : `[${tensor.shape.join(", ")}]`;
}

/** Elements in brackets, row by row. */
function nested(values, shape) {
  if (shape.length === 0) return values[0];
  const part = values.length / shape[0];
  return `[${Array.from({ length: shape[0] }, (_, i) => nested(values.slice(i * part, (i + 1) * part), shape.slice(1))).join(", ")}]`;
}

/** The place of an element along each dimension. */
function place(element, shape) {
  const at = new Array(shape.length);
  for (let d = shape.length - 1; d >= 0; d--) {
    at[d] = element % shape[d];
    element = Math.floor(element / shape[d]);
  }
  return at;
}

function elementAt(at, shape) {
  return shape.reduce((element, size, d) => element * size + at[d], 0);
}

/** The element of an operand that goes into an element of the result: broadcasting repeats it. */
function operandElement(element, shape, operandShape) {
  const at = place(element, shape).slice(shape.length - operandShape.length);
  return elementAt(at.map((i, d) => operandShape[d] === 1 ? 0 : i), operandShape);
}

/** A formula with numbers for the letters that have one. */
function withNumbers(formula, values) {
  return formula.replace(/\d+(?:\.\d+)?(?:E[+-]?\d+)?|[A-Za-z_]\w*/g, part => Object.hasOwn(values, part) ? inFormula(values[part]) : part);
}

function joined(terms, most = 6) {
  const shown = terms.slice(0, most).join(" + ");
  return terms.length > most ? `${shown} + …` : shown;
}

const lettersOf = box => box.inputs.length === 1 ? ["x"] : ["a", "b", "c"];

/** What stands for an operation's letters at one element of its result; null where a value is not there. */
function lettersAt(box, element, g) {
  const values = {};
  for (const [letter, tensor, k] of [...box.inputs.map((input, k) => [lettersOf(box)[k], valueOfInput(input), k]), ["y", box.value], ["g", g]]) {
    if (!isWhole(tensor)) continue;
    values[letter] = tensor.values[k === undefined ? element : operandElement(element, (g ?? box.value).shape, tensor.shape)];
  }
  return values;
}

const valueOfInput = input => input === null ? undefined : tape.boxes[input].value;

const isComplete = (formula, values) =>
  (formula.match(/[A-Za-z_]\w*/g) ?? []).every(name => !["a", "b", "c", "x", "y", "g"].includes(name) || Object.hasOwn(values, name));

/** The operation at one element of its result, in numbers; null where it can't be said in one line. */
function forwardInNumbers(box, element) {
  if (!isWhole(box.value) || !box.formula) return null;
  if (box.reading === "elements") {
    const values = lettersAt(box, element);
    return isComplete(box.formula, values) ? withNumbers(box.formula, values) : null;
  }
  if (box.reading === "spread") {
    const x = valueOfInput(box.inputs[0]);
    return isWhole(x) && box.value.values.length === 1 ? box.formula.replace(/x1 \+ x2 \+ \.\.\./, joined(x.values.map(inFormula))) : null;
  }
  const [a, b, c] = box.inputs.map(valueOfInput);
  if (!isWhole(a) || !isWhole(b) || a.shape.length !== 2 || b.shape.length !== 2) return null;
  const [i, j] = place(element, box.value.shape), isTransposed = box.reading === "product transposed";
  const terms = Array.from({ length: a.shape[1] }, (_, k) =>
    `${inFormula(a.values[elementAt([i, k], a.shape)])} * ${inFormula(b.values[elementAt(isTransposed ? [j, k] : [k, j], b.shape)])}`);
  const bias = c && isWhole(c) ? ` + ${inFormula(c.values[operandElement(element, box.value.shape, c.shape)])}` : "";
  return joined(terms) + bias;
}

/** The rule for one element of an operand's gradient, in numbers; null where it can't be said in one line. */
function backwardInNumbers(box, g, operand, element) {
  const rule = box.rules[operand]?.split(" = ").slice(1).join(" = "), x = valueOfInput(box.inputs[operand]);
  if (!rule || !isWhole(g) || !isWhole(x)) return null;
  const results = g.values.map((_, i) => i);
  if (box.reading === "elements") {
    const terms = results.filter(i => operandElement(i, g.shape, x.shape) === element).map(i => {
      const values = lettersAt(box, i, g);
      return isComplete(rule, values) ? withNumbers(rule, values) : null;
    });
    return terms.includes(null) ? null : joined(terms);
  }
  if (box.reading === "spread") return g.values.length === 1 ? withNumbers(rule.split(",")[0], { g: g.values[0] }) : null;
  if (!box.reading.startsWith("product")) return null;
  if (operand === 2) return joined(results.filter(i => operandElement(i, g.shape, x.shape) === element).map(i => inFormula(g.values[i])));
  const other = valueOfInput(box.inputs[1 - operand]);
  if (!isWhole(other) || g.shape.length !== 2 || other.shape.length !== 2 || x.shape.length !== 2) return null;
  const isTransposed = box.reading === "product transposed", [p, q] = place(element, x.shape);
  const term = (gAt, otherAt) => `${inFormula(g.values[elementAt(gAt, g.shape)])} * ${inFormula(other.values[elementAt(otherAt, other.shape)])}`;
  if (operand === 0) {
    return joined(Array.from({ length: g.shape[1] }, (_, j) => term([p, j], isTransposed ? [j, q] : [q, j])));
  }
  return joined(Array.from({ length: g.shape[0] }, (_, i) => isTransposed ? term([i, p], [i, q]) : term([i, q], [i, p])));
}
