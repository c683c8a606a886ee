// Drawings of formulas, so that dragging is smooth. A drawing turns numbers and the setting of the controls into panels
// with a title, axes and marks; `chart` turns panels into SVG. The tests hold each drawing to the picture of the same
// name in Python: titles and all values.
"use strict";

const [BLUE, ORANGE, SKY, SAND, GREY] = ["blue", "orange", "sky", "sand", "grey"].map(name => `var(--moving-${name})`);
const span = (low, high, count) => Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
const sum = values => values.reduce((a, b) => a + b, 0);
const signed = (x, digits) => (x < 0 || Object.is(x, -0) ? "" : "+") + x.toFixed(digits);
const short = (x, digits = 6) => String(Number(x.toPrecision(digits)));

// --- the formulas ----------------------------------------------------------------------------------------------------
function chances(p, n) {
  let ways = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k) ways = (ways * (n - k + 1)) / k;
    return ways * p ** k * (1 - p) ** (n - k);
  });
}

function expected(pay, p) {
  const odds = chances(p, pay.length - 1);
  const mean = sum(odds.map((chance, k) => chance * pay[k]));
  return [mean, Math.sqrt(sum(odds.map((chance, k) => chance * (pay[k] - mean) ** 2)))];
}

function moments(policy, rewards, baseline) {  // mean and total variance of REINFORCE's estimate from one token
  const pushes = policy.map((_, t) => policy.map((p, i) => (rewards[t] - baseline) * ((i === t) - p)));
  const mean = policy.map((_, i) => sum(policy.map((p, t) => p * pushes[t][i])));
  const square = sum(policy.map((p, t) => p * sum(pushes[t].map(g => g * g))));
  return [mean, square - sum(mean.map(m => m * m)), pushes.map(push => push[2])];
}

function best(policy, rewards, beta) {  // reference x exp(reward / beta), normalised
  const most = Math.max(...rewards);
  const weights = policy.map((q, i) => (beta ? q * Math.exp((rewards[i] - most) / beta) : Number(rewards[i] === most)));
  return weights.map(weight => weight / sum(weights));
}

// --- the drawings ----------------------------------------------------------------------------------------------------
const drawings = {
  chase_view(numbers, { reward, step }) {
    const run = numbers[reward], all = [...run.level, ...run.ability];
    const level = run.level[step], ability = run.ability[step], places = span(level - 3, level + 3, 60);
    const path = values => values.slice(0, step + 1).map((v, i) => [i, v]);
    return [{
      title: `${reward}, after ${step} steps`, x: "step", y: "difficulty, ability",
      xlim: [0, 300], ylim: [Math.min(...all) - 0.5, Math.max(...all) + 0.5],
      marks: [{ line: path(run.level), color: ORANGE, dash: "6 4", name: "difficulty proposed" },
              { line: path(run.ability), color: BLUE, name: "ability of the solver" }],
    }, {
      title: "Yellow: what is proposed. Line: how often it is solved", x: "difficulty", y: "right answers (%)",
      xlim: [level - 3, level + 3], ylim: [0, 105],
      marks: [{ area: places.map(x => [x, 0, 100 * Math.exp(-((x - level) ** 2) / 2)]), color: SAND },
              { line: places.map(x => [x, 100 / (1 + Math.exp(x - ability))]), color: BLUE }],
    }];
  },

  reward_view(numbers, { solve_rate: p, samples: n, variant }) {
    const pay = numbers.pay[variant][n], found = span(0, 1, 200).map(x => [x, ...expected(pay, x)]);
    const [here, width] = expected(pay, p), odds = chances(p, n).map(chance => 100 * chance);
    return [{
      title: `${variant}, n = ${n}: ${signed(here, 2)} at p = ${short(p)}`
        + `\nband: one deviation, here ${width.toFixed(2)}`,
      x: "true solve rate p (share)", y: "reward (points)", xlim: [-0.03, 1.03], ylim: [-1.05, 1.25],
      marks: [{ area: found.map(([x, m, d]) => [x, m - d, m + d]), color: SKY },
              { line: found.map(([x, m]) => [x, m]), color: BLUE }, { dot: [p, here] }],
    }, {
      title: `What ${n} samples of this task show`
        + `\nhatched: none right or all right, ${(odds[0] + odds[n]).toFixed(0)} %`,
      x: `right answers of ${n}`, y: "chance (%)", xlim: [-0.7, n + 0.7], ylim: [0, 105], whole: true,
      marks: [{ bars: odds.map((chance, k) => [k, chance, k === 0 || k === n]), wide: 0.8 }],
    }];
  },

  baseline_view(numbers, { baseline, shift }) {
    const rewards = numbers.rewards.map(r => r + shift);
    const [mean, variance, drawn] = moments(numbers.policy, rewards, baseline);
    const curve = span(-1, 2, 60).map(b => [b, moments(numbers.policy, rewards, b)[1]]);
    const pulls = drawn.map(pull => pull + 0), most = Math.max(1.2, 1.2 * Math.max(...pulls.map(Math.abs)));
    const names = numbers.tokens.map((t, i) => `${t}, ${numbers.policy[i].toFixed(2)}\n${signed(pulls[i], 2)}`);
    return [{
      title: `Pull on the logit of c: mean ${mean[2].toFixed(3)}\nfor rewards ${rewards.map(r => short(r)).join(", ")}`,
      x: "token drawn, its probability, its estimate", y: "estimate (points)", xlim: [-0.6, 2.6], ylim: [-most, most],
      names, marks: [{ bars: pulls.map((v, i) => [i, v]), wide: 0.8, name: "estimate" },
                     { across: mean[2], name: "their mean, by probability" }],
    }, {
      title: `Variance of the estimate: ${variance.toFixed(3)}\nat the baseline ${short(baseline, 3)}`,
      x: "baseline (points)", y: "variance (points²), all logits", xlim: [-1.1, 2.1],
      ylim: [0, 1.05 * Math.max(...curve.map(([, v]) => v))],
      marks: [{ line: curve, color: BLUE }, { dot: [baseline, variance] },
              { up: sum(rewards.map((r, i) => r * numbers.policy[i])), name: "mean reward" }],
    }];
  },

  clip_view(_, { clip, clip_high: high }) {
    const ratios = span(0.4, 1.6, 60);
    const objective = (r, a, top) => Math.min(r * a, Math.min(Math.max(r, 1 - clip), 1 + top) * a);
    const panel = (name, top, y) => ({
      title: `${name}\nan update climbs the line; grey: clip range`, x: "ratio π / old", y,
      xlim: [0.34, 1.66], ylim: [-1.72, 1.72],
      marks: [{ area: [[1 - clip, -1.72, 1.72], [1 + top, -1.72, 1.72]], color: GREY },
              { line: ratios.map(r => [r, objective(r, 1, top)]), color: BLUE, name: "A = +1" },
              { line: ratios.map(r => [r, objective(r, -1, top)]), color: ORANGE, dash: "6 4", name: "A = -1" }],
    });
    return [panel(`both sides ${short(clip)}`, clip, "objective (points)"),
            panel(`${short(clip)} below, ${short(high)} above`, high, "")];
  },

  beta_view({ policy: reference, rewards, tokens }, { beta }) {
    const policy = best(reference, rewards, beta);
    const point = p => [sum(p.map((x, i) => (x ? x * Math.log(x / reference[i]) : 0))),
                        sum(p.map((x, i) => x * rewards[i]))];
    const betas = [0, ...span(-60, 60, 120).map(k => 10 ** (k / 30))], [far, value] = point(policy);
    return [{
      title: `KL coefficient ${short(beta)}: where the\nbest policy lies`, x: "token (its reward)", y: "probability",
      xlim: [-0.6, 2.6], ylim: [0, 1.05], names: tokens.map((t, i) => `${t} (${short(rewards[i])})`),
      marks: [{ bars: reference.map((p, i) => [i - 0.2, p, true]), wide: 0.38, name: "reference" },
              { bars: policy.map((p, i) => [i + 0.2, p]), wide: 0.38, color: BLUE, name: "best policy" }],
    }, {
      title: `Mean reward ${value.toFixed(2)} for a\ndivergence of ${far.toFixed(2)}`,
      x: "KL to the reference (nats)", y: "mean reward (points)", xlim: [-0.1, 1.9], ylim: [0.3, 1.04],
      marks: [{ line: betas.map(b => point(best(reference, rewards, b))), color: GREY }, { dot: [far, value] }],
    }];
  },
};

// --- panels as SVG ---------------------------------------------------------------------------------------------------
const WIDE = 330, HIGH = 290, LEFT = 48, TOP = 46, RIGHT = 320, BOTTOM = 232;
const LETTERS = 46;  // of a title's line
const safe = text => String(text).replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);
const tag = (name, looks) => `<${name} ${Object.entries(looks).map(([key, value]) => `${key}="${value}"`).join(" ")}/>`;

function ticks([low, high], most, whole) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(size => size >= rough);
  if (whole) step = Math.max(1, Math.ceil(step));
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

function words(text, x, y, looks) {
  return text.split("\n").map((row, i) => `<text x="${x}" y="${y + 15 * i}" ${looks}>${safe(row)}</text>`).join("");
}

function folded(line) {  // a long line of a title as two
  const at = line.length > LETTERS ? line.lastIndexOf(" ", LETTERS - 10) : -1;
  return at < 0 ? line : `${line.slice(0, at)}\n${line.slice(at + 1)}`;
}

function looks(mark) {  // how a mark looks, in the panel as in the legend
  if (mark.bars) return { fill: mark.color || SKY, stroke: "currentColor", "stroke-width": 0.8 };
  if ("across" in mark) return { stroke: ORANGE, "stroke-width": 2, "stroke-dasharray": "6 4" };
  if ("up" in mark) return { stroke: GREY, "stroke-width": 1.6, "stroke-dasharray": "2 3" };
  return { fill: "none", stroke: mark.color, "stroke-width": 2.2, "stroke-dasharray": mark.dash || "none" };
}

const hatched = { fill: "url(#moving-hatch)" };

function drawn(mark, X, Y) {
  const path = points => points.map(([x, y]) => `${X(x).toFixed(1)},${Y(y).toFixed(1)}`).join(" ");
  if (mark.line) return tag("polyline", { points: path(mark.line), ...looks(mark) });
  if (mark.dot) return tag("circle", { cx: X(mark.dot[0]), cy: Y(mark.dot[1]), r: 6, fill: ORANGE });
  const straight = (x1, x2, y1, y2) => tag("line", { x1, x2, y1, y2, ...looks(mark) });
  if ("across" in mark) return straight(LEFT, RIGHT, Y(mark.across), Y(mark.across));
  if ("up" in mark) return straight(X(mark.up), X(mark.up), TOP, BOTTOM);
  if (mark.area) {
    const edge = [...mark.area.map(([x, low]) => [x, low]), ...mark.area.map(([x, , high]) => [x, high]).reverse()];
    return tag("polygon", { points: path(edge), fill: mark.color, opacity: 0.4 });
  }
  return mark.bars.map(([x, value, end]) => tag("rect", {
    x: X(x - mark.wide / 2), width: X(mark.wide) - X(0), y: Math.min(Y(value), Y(0)), height: Math.abs(Y(value) - Y(0)),
    ...looks(mark), ...(end ? hatched : {}),
  })).join("");
}

function legend(mark) {
  const sample = mark.bars ? tag("rect", { width: 20, height: 10, ...looks(mark), ...(mark.bars[0][2] ? hatched : {}) })
    : tag("line", { x2: 22, y1: 5, y2: 5, ...looks(mark) });
  return `<span><svg width="22" height="10" aria-hidden="true">${sample}</svg> ${safe(mark.name)}</span>`;
}

function figure(panel) {
  const [left, right] = panel.xlim, [low, high] = panel.ylim;
  const X = x => LEFT + ((x - left) / (right - left)) * (RIGHT - LEFT);
  const Y = y => BOTTOM - ((y - low) / (high - low)) * (BOTTOM - TOP);
  const grid = ticks(panel.ylim, 6).map(y => tag("line", { class: "grid", x1: LEFT, x2: RIGHT, y1: Y(y), y2: Y(y) })
    + words(String(y), LEFT - 6, Y(y) + 4, 'text-anchor="end"')).join("");
  const places = panel.names ? panel.names.map((_, i) => i) : ticks(panel.xlim, 6, panel.whole);
  const middle = 'text-anchor="middle"';
  const below = places.map(x => words(panel.names?.[x] ?? String(x), X(x), BOTTOM + 16, middle)).join("");
  const title = panel.title.split("\n").map(folded).join("\n");
  const told = `Figure. ${panel.title.replace("\n", "; ")}; x axis: ${panel.x}; y axis: ${panel.y || "the same"}`;
  return `<figure><svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="${safe(told)}">
    ${words(title, 8, 16, 'class="title"')}${grid}${below}
    <g clip-path="url(#moving-clip)">${panel.marks.map(mark => drawn(mark, X, Y)).join("")}</g>
    <path class="axis" d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}"/>
    ${words(panel.x, (LEFT + RIGHT) / 2, HIGH - (panel.names ? 8 : 20), middle)}
    <text transform="translate(13 ${(TOP + BOTTOM) / 2}) rotate(-90)" ${middle}>${safe(panel.y)}</text></svg>
    <figcaption>${panel.marks.filter(mark => mark.name).map(legend).join("")}</figcaption></figure>`;
}

// what all panels refer to
document.body.insertAdjacentHTML("beforeend", `<svg width="0" height="0" class="moving-shared" aria-hidden="true"><defs>
  <clipPath id="moving-clip">${tag("rect", { x: LEFT, y: TOP, width: RIGHT - LEFT, height: BOTTOM - TOP })}</clipPath>
  <pattern id="moving-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
  <line y2="6" stroke="currentColor" stroke-width="1.6"/></pattern></defs></svg>`);
window.movingCharts = { drawings, chart: panels => panels.map(figure).join("") };
