// The steps, and what moves between them.

const tape = JSON.parse(document.getElementById("tape").textContent);
const at = id => document.getElementById(id);
const called = box => `${box.name} = ${box.operation}(${box.inputs.map(input => input === null ? "…" : tape.boxes[input].name).join(", ")})`;
const operations = tape.boxes.filter(box => box.kind === "operation");
const root = tape.boxes[tape.boxes.length - 1];
const steps = [
  { kind: "leaves" },
  ...operations.map(box => ({ kind: "forward", box })),
  { kind: "seed", box: root },
  ...tape.visits.map(visit => ({ kind: tape.boxes[visit.box].kind === "leaf" ? "leaf" : "backward", box: tape.boxes[visit.box], visit })),
];
const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
let current = 0, timer = 0;

function titleOf(step) {
  return {
    leaves: () => "The leaves have their values",
    forward: () => `Forward: ${called(step.box)}`,
    seed: () => `Backward begins: ${step.box.name} by itself`,
    backward: () => `Backward through ${called(step.box)}`,
    leaf: () => `The gradient of ${step.box.name} is complete`,
  }[step.kind]();
}

function sayingOf(step) {
  const list = boxes => boxes.map(box => `${box.name} = ${box.value ? short(box.value, 60) : "not kept"}`).join(", ");
  switch (step.kind) {
    case "leaves": return list(tape.boxes.filter(box => box.kind !== "operation")) + ".";
    case "forward": return step.box.value ? `${step.box.name} = ${short(step.box.value, 60)}.` : `The value of ${step.box.name} was not kept.`;
    case "seed": return step.box.gradient ? `g = ${short(step.box.gradient, 60)}.` : "g = 1.";
    case "leaf": return step.visit.gradient ? `Its gradient is ${short(step.visit.gradient, 60)}.` : "Its gradient was not kept.";
    default: return (step.visit.gradient ? `g = ${short(step.visit.gradient, 60)}. ` : "") + step.visit.sent.map(sent => {
      const name = nameOfInput(step, sent);
      return sent.value ? `${name} ${sent.before ? "+=" : "receives"} ${short(sent.value, 60)}` : `${name} receives its part`;
    }).join(", ") + ".";
  }
}

const inputOf = (step, sent) => step.box.inputs[sent.operand] ?? null;
const nameOfInput = (step, sent) => inputOf(step, sent) === null ? "an operand that is left out" : tape.boxes[inputOf(step, sent)].name;

function contentOf(step) {
  const box = step.box;
  switch (step.kind) {
    case "leaves":
      return tape.boxes.filter(each => each.kind !== "operation").map(each => h("div", {}, heading(`${each.name} ${each.shape}`), table(each.value, "value"),
        each.why ? quiet(`gets no gradient; ${each.why}`) : null));
    case "forward":
      return [h("div", {}, heading("The value"), box.formula ? rule(`y = ${box.formula}`) : null,
        chooser(box.value, "value", "Element of the value", i => { const text = forwardInNumbers(box, i); return text === null ? null : `y = ${text} = ${digits(box.value.values[i])}`; })),
      h("div", {}, heading("The rule it will need"), box.rules.map(rule),
        quiet(box.saved.length ? `Kept for it: ${box.saved.join("; ")}.` : "It needs g alone: nothing is kept.")), spelling(box)];
    case "seed":
      return [h("div", {}, rule("g = 1"), table(box.gradient, "gradient"), quiet("The derivative of the result by itself: the vector that travels back begins here."))];
    case "leaf":
      return [h("div", {}, heading("The gradient"), rule("Grad = Grad + g"), table(step.visit.gradient, "gradient")), differences(step.visit)];
    default:
      return [h("div", {}, heading("The gradient that arrived, g"), table(step.visit.gradient, "gradient"),
        quiet(box.saved.length ? `Let go of after this step: ${box.saved.join("; ")}.` : "Nothing was kept for this step.")),
      step.visit.sent.map(sent => sentOf(step, sent)), withoutGradient(step), spelling(box)];
  }
}

function sentOf(step, sent) {
  const { box, visit } = step, letters = box.rules[sent.operand] ?? box.rules[0], bar = letters.split(" = ")[0];
  const parts = [heading(`What ${nameOfInput(step, sent)} receives`), rule(letters)];
  if (sent.value) {
    parts.push(...chooser(sent.value, "gradient", `Element of the gradient of ${nameOfInput(step, sent)}`, i => {
      const text = backwardInNumbers(box, visit.gradient, sent.operand, i);
      return text === null ? null : `${bar} = ${text} = ${digits(sent.value.values[i])}`;
    }));
    if (sent.product) parts.push(quiet(`The operand was repeated to [${sent.product.shape.join(", ")}], so its gradient is summed back to [${sent.value.shape.join(", ")}].`));
  }
  if (sent.before) {
    parts.push(h("div", { className: "product", "data-accumulation": "" }, table(sent.before, "gradient"), "+=", table(sent.value, "gradient"), "→", table(sent.sum, "gradient")),
      quiet(`${nameOfInput(step, sent)} is used more than once: gradients add.`));
  }
  return h("div", {}, parts, jacobian(visit, sent));
}

function withoutGradient(step) {
  const none = step.box.inputs.filter((input, k) => input !== null && !step.visit.sent.some(sent => sent.operand === k)).map(input => tape.boxes[input]);
  return none.length ? h("div", {}, heading("What gets no gradient"), none.map(box => quiet(`${box.name}: ${box.why ?? "leads to no leaf that wants one"}`))) : null;
}

function showGraph(n) {
  const step = steps[n], known = new Map();
  const backward = n - operations.length - 1; // visits begin after the leaves, the operations and the seed
  if (backward >= 0) known.set(root, root.gradient);
  steps.slice(0, n + 1).forEach(each => each.visit?.sent.forEach(sent => {
    if (inputOf(each, sent) !== null) known.set(tape.boxes[inputOf(each, sent)], sent.sum ?? sent.value);
  }));
  const done = step.kind === "leaves" ? 0 : step.kind === "forward" ? operations.indexOf(step.box) + 1 : operations.length;
  tape.boxes.forEach(box => {
    box.drawn.classList.toggle("waiting", box.kind === "operation" && operations.indexOf(box) >= done);
    box.drawn.classList.toggle("lit", box === step.box);
    box.valueText.textContent = box.value ? cut(short(box.value)) : "not kept";
    box.gradientText.textContent = known.get(box) ? cut(`ḡ ${short(known.get(box), 13)}`, 16) : "";
  });
  tags.replaceChildren();
  tape.lines.forEach(line => {
    const isIn = step.box === tape.boxes[line.to], isOut = step.box === tape.boxes[line.from];
    const sent = step.visit?.sent.find(each => isIn && each.operand === line.operand);
    line.drawn.classList.toggle("forward", step.kind === "forward" && (isIn || isOut));
    line.drawn.classList.toggle("backward", !!sent || isOut && !!step.visit);
    if (step.kind === "forward" && isIn && tape.boxes[line.from].value) tags.append(tag(left(step.box), portOf(line), cut(short(tape.boxes[line.from].value, 11), 12), "forward", true));
    if (sent?.value) tags.append(tag(left(step.box), portOf(line), cut(`${sent.before ? "+= " : ""}${short(sent.value, 9)}`, 12), "backward", true));
  });
  if (step.box) {
    const out = step.kind === "forward" ? step.box.value : step.visit?.gradient ?? step.box.gradient;
    if (out) tags.append(tag(left(step.box) + boxWidth, middle(step.box.row), cut(short(out, 11), 12), step.kind === "forward" ? "forward" : "backward", false));
    const scroller = at("scroller");
    scroller.scrollTo({ left: left(step.box) + boxWidth / 2 - scroller.clientWidth / 2, behavior: stillness.matches ? "auto" : "smooth" });
  }
}

function showMemory(step) {
  const most = Math.max(0, ...operations.map(box => box.memory?.[0] ?? 0));
  at("memory").hidden = most === 0;
  const held = step.kind === "leaves" ? 0 : step.kind === "forward" ? step.box.memory?.[0] : step.kind === "seed" ? most : step.box.memory?.[1] ?? 0;
  at("memory-text").textContent = `Kept for the rules: ${bytes(held ?? 0)} of at most ${bytes(most)}`;
  at("memory-bar").style.width = most ? `${100 * (held ?? 0) / most}%` : "0";
}

function go(n, isByAddress = false) {
  current = Math.min(Math.max(n, 0), steps.length - 1);
  steps.forEach((step, i) => { step.section.hidden = i !== current; });
  const step = steps[current];
  at("now").textContent = `Step ${current + 1} of ${steps.length}. ${titleOf(step)}. ${sayingOf(step)}`;
  at("count").textContent = `${current + 1} / ${steps.length}`;
  at("position").value = current + 1;
  at("first").disabled = at("back").disabled = current === 0;
  at("next").disabled = at("last").disabled = current === steps.length - 1;
  showGraph(current);
  showMemory(step);
  if (!isByAddress && location.hash !== `#step-${current + 1}`) history.replaceState(null, "", `#step-${current + 1}`);
}

function play(isOn) {
  clearInterval(timer);
  timer = isOn ? setInterval(() => current === steps.length - 1 ? play(false) : go(current + 1), 1400) : 0;
  at("play").textContent = timer ? "❚❚" : "▶";
  at("play").setAttribute("aria-label", timer ? "Pause" : "Play");
}

function toggle() {
  if (!timer && current === steps.length - 1) go(0);
  play(!timer);
}

function byAddress() {
  const n = Number(/^#step-(\d+)$/.exec(location.hash)?.[1] ?? 1);
  go(n - 1, true);
}

document.addEventListener("keydown", event => {
  const isField = event.target.matches("select"), isButton = event.target.matches("button, summary, a");
  if (event.altKey || event.ctrlKey || event.metaKey || isField || (event.key === " " && isButton)) return;
  const to = { ArrowRight: current + 1, ArrowDown: current + 1, ArrowLeft: current - 1, ArrowUp: current - 1, Home: 0, End: steps.length - 1 }[event.key];
  if (to !== undefined && !(event.key.endsWith("Down") || event.key.endsWith("Up")) || to !== undefined && event.target === at("position")) {
    play(false);
    go(to);
  } else if (event.key === " ") toggle();
  else return;
  event.preventDefault();
});

const tags = drawGraph();
steps.forEach((step, i) => {
  step.section = h("section", { className: "step", id: `step-${i + 1}`, hidden: true },
    h("h2", {}, `${i + 1}. ${titleOf(step)}`), h("div", { className: "columns" }, contentOf(step)));
  at("steps").append(step.section);
});
tape.notes.forEach(note => at("notes").append(h("li", {}, note)));
at("notes").hidden = tape.notes.length === 0;
at("stepper").hidden = false;
at("table").open = false;
at("position").max = steps.length;
for (const [id, to] of [["first", () => 0], ["back", () => current - 1], ["next", () => current + 1], ["last", () => steps.length - 1]]) {
  at(id).addEventListener("click", () => { play(false); go(to()); });
}
at("position").addEventListener("input", event => { play(false); go(event.target.value - 1); });
at("play").addEventListener("click", toggle);
window.addEventListener("hashchange", byAddress);
byAddress();
