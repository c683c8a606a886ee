// What moves without a kernel. Each element .moving has its data as JSON: controls with frames or with a drawing, or a
// question that is guessed at. Frames are HTML; the last control changes fastest in their order.
"use strict";

(() => {
  const element = (name, attributes = {}, ...parts) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...parts);
    return made;
  };

  // --- controls ------------------------------------------------------------------------------------------------------
  function slider(control, id, change) {
    const output = element("output", { htmlFor: id });
    const input = element("input", { type: "range", id, min: 0, max: control.values.length - 1, value: control.start });
    const say = () => {
      output.value = control.values[input.value];
      input.setAttribute("aria-valuetext", output.value);
    };
    say();
    input.addEventListener("input", () => { say(); change(Number(input.value)); });
    return [input, output];
  }

  function menu(control, id, change) {
    const options = control.values.map((value, i) => element("option", { value: i, textContent: value }));
    const input = element("select", { id }, ...options);
    input.value = control.start;
    input.addEventListener("change", () => change(Number(input.value)));
    return [input];
  }

  function stepper(control, id, change) {
    const last = control.values.length - 1, output = element("output", { id });
    let place = control.start;
    const back = element("button", { type: "button", textContent: "← Back" });
    const next = element("button", { type: "button" });
    const show = () => {
      output.value = `${place + 1} of ${last + 1}: ${control.values[place]}`;
      back.disabled = place === 0;
      next.textContent = place < last ? "Next step →" : "Start over";
    };
    const go = to => { place = to; show(); change(place); };
    back.addEventListener("click", () => { go(Math.max(0, place - 1)); if (back.disabled) next.focus(); });
    next.addEventListener("click", () => go(place < last ? place + 1 : 0));
    show();
    return [back, next, output];
  }

  const kinds = { slider, menu, steps: stepper };

  function view(part, data) {
    const shown = part.querySelector(".shown"), controls = element("div", { className: "controls" });
    const places = data.controls.map(control => control.start);
    const draw = () => {
      if (data.drawing) {
        const setting = Object.fromEntries(data.controls.map((control, i) => [control.key, control.values[places[i]]]));
        shown.innerHTML = movingCharts.chart(movingCharts.drawings[data.drawing](data.numbers, setting));
      } else {
        const at = data.controls.reduce((place, control, i) => place * control.values.length + places[i], 0);
        shown.innerHTML = data.frames[at];
      }
    };
    data.controls.forEach((control, i) => {
      const id = `${part.id}-${control.key.replace("_", "-")}`;
      const made = kinds[control.kind](control, id, place => { places[i] = place; draw(); });
      const label = control.kind === "steps" ? [] : [element("label", { htmlFor: id, textContent: control.name })];
      controls.append(element("div", {}, ...label, ...made));
    });
    if (data.note) controls.append(element("p", { innerHTML: data.note }));
    part.prepend(controls);
    shown.classList.toggle("drawn", Boolean(data.drawing));
    if (data.drawing) draw();
    const load = () => (data.frames || []).forEach(frame => {  // before the first move, so that no picture comes late
      for (const [, source] of frame.matchAll(/src="([^"]+)"/g)) new Image().src = source;
    });
    for (const event of ["pointerenter", "focusin"]) controls.addEventListener(event, load, { once: true });
  }

  // --- guesses -------------------------------------------------------------------------------------------------------
  const rounding = { maximumSignificantDigits: 4, useGrouping: false, roundingMode: "halfEven" };
  const four = new Intl.NumberFormat("en", rounding);

  function general(x) {  // as Python's .4g writes a number
    if (!x) return "0";
    const [digits, power] = x.toExponential(3).split("e"), size = Number(power);
    if (size >= -4 && size < 4) return four.format(x);
    return `${Number(digits)}e${size < 0 ? "-" : "+"}${String(Math.abs(size)).padStart(2, "0")}`;
  }

  function sentence(question, guess) {
    const { result, choices, unit, near } = question;
    const told = value => (choices.length ? value : general(value) + (unit ? ` ${unit}` : ""));
    const is = `it is ${told(result)}`;
    if (guess === null) return `No guess was made; ${is}.`;
    if (choices.length) return guess === result ? `You guessed it: ${is}.` : `You guessed ${guess}, and ${is}.`;
    const off = guess - result, points = unit === "%" ? "points" : unit;
    const far = `${general(Math.abs(off))} ${points} too ${off > 0 ? "high" : "low"}`.replace("  ", " ");
    return `You guessed ${told(guess)}, and ${is}: ${Math.abs(off) <= near ? "close" : far}.`;
  }

  const open = {};  // a question's element: whether it is answered

  function unfold(id) {
    open[id] = true;
    for (const cell of document.querySelectorAll(`.tag_behind-${id}`)) {
      const waits = [...cell.classList].some(name => name.startsWith("tag_behind-") && !open[name.slice(11)]);
      cell.classList.toggle("folded", waits);
    }
  }

  function question(part, data) {
    open[part.id] = false;
    for (const cell of document.querySelectorAll(`.tag_behind-${part.id}`)) cell.classList.add("folded");
    const id = `${part.id}-guess`;
    const field = data.choices.length
      ? element("select", { id }, element("option", { value: "", textContent: "choose" }),
                ...data.choices.map(choice => element("option", { value: choice, textContent: choice })))
      : element("input", { id, type: "number", step: "any", inputMode: "decimal" });
    const said = element("output", { htmlFor: id });
    const button = element("button", { type: "submit", textContent: "Guess" });
    const without = element("button", { type: "button", textContent: "Show it without a guess" });
    const label = element("label", { htmlFor: id, textContent: `Your guess: ${data.title}` });
    const form = element("form", {}, label, element("div", {}, field, data.unit, " ", button, without), said);
    const answer = guess => {
      said.value = sentence(data, guess);
      for (const there of document.querySelectorAll(`.compared[data-predict="${data.predict}"]`)) {
        there.textContent = said.value;
      }
      without.hidden = true;
      unfold(part.id);
    };
    form.addEventListener("submit", event => {
      event.preventDefault();
      const text = field.value.trim();
      if (!text || (!data.choices.length && !Number.isFinite(Number(text)))) {
        said.value = data.choices.length ? "Choose one of the answers first." : "Type a number first.";
        return field.focus();
      }
      answer(data.choices.length ? text : Number(text));
    });
    without.addEventListener("click", () => answer(null));
    part.querySelector(".shown").replaceChildren(form);
  }

  for (const part of document.querySelectorAll(".moving")) {
    const data = JSON.parse(part.querySelector("script").textContent);
    (data.predict ? question : view)(part, data);
  }
  window.movingSentence = sentence;
  if (location.hash.startsWith("#moving-")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
