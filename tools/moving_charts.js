// Drawings of formulas, so that dragging is smooth. A drawing turns numbers and the setting of the controls into panels
// with a title, axes and marks; `chart` turns panels into SVG. The tests hold each drawing to the picture of the same
// name in Python: titles and all values.
"use strict";

const BLUE = "#0072B2", ORANGE = "#D55E00", SKY = "#88CCEE", SAND = "#EECC66", GREY = "#808080";
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
      title: `${variant}, n = ${n}: ${signed(here, 2)} at p = ${short(p)}\nband: one deviation, here ${width.toFixed(2)}`,
      x: "true solve rate p (share)", y: "reward (points)", xlim: [-0.03, 1.03], ylim: [-1.05, 1.25],
      marks: [{ area: found.map(([x, m, d]) => [x, m - d, m + d]), color: SKY },
              { line: found.map(([x, m]) => [x, m]), color: BLUE }, { dot: [p, here] }],
    }, {
      title: `What ${n} samples of this task show\nhatched: none right or all right, ${(odds[0] + odds[n]).toFixed(0)} %`,
      x: `right answers of ${n}`, y: "chance (%)", xlim: [-0.7, n + 0.7], ylim: [0, 105], whole: true,
      marks: [{ bars: odds.map((chance, k) => [k, chance, k === 0 || k === n]), wide: 0.8 }],
    }];
  },

  baseline_view(numbers, { baseline, shift }) {
    const rewards = numbers.rewards.map(r => r + shift), [mean, variance, drawn] = moments(numbers.policy, rewards, baseline);
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
    const point = p => [sum(p.map((x, i) => (x ? x * Math.log(x / reference[i]) : 0))), sum(p.map((x, i) => x * rewards[i]))];
    const betas = [0, 0.05, ...span(0.1, 3, 29)], [far, value] = point(policy);
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
const WIDE = 420, HIGH = 320, LEFT = 58, TOP = 50, RIGHT = 10, BOTTOM = 62;
const safe = text => String(text).replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);

function ticks([low, high], whole) {
  const rough = (high - low) / 6, power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 2.5, 5, 10].map(f => f * power).find(s => s >= rough);
  if (whole) step = Math.max(1, Math.ceil(step));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

function lines(text, x, y, looks) {
  return text.split("\n").map((row, i) => `<text x="${x}" y="${y + 16 * i}" ${looks}>${safe(row)}</text>`).join("");
}

function drawn(mark, X, Y, panel) {
  const color = mark.color || SKY, path = points => points.map(([x, y]) => `${X(x).toFixed(1)},${Y(y).toFixed(1)}`).join(" ");
  if (mark.line) return `<polyline points="${path(mark.line)}" fill="none" stroke="${color}" stroke-width="2.2" stroke-dasharray="${mark.dash || ""}"/>`;
  if (mark.area) {
    const edge = [...mark.area.map(([x, low]) => [x, low]), ...mark.area.map(([x, , high]) => [x, high]).reverse()];
    return `<polygon points="${path(edge)}" fill="${color}" opacity="0.4"/>`;
  }
  if (mark.bars) return mark.bars.map(([x, v, hatched]) => `<rect x="${X(x - mark.wide / 2).toFixed(1)}" width="${(X(mark.wide) - X(0)).toFixed(1)}" y="${Math.min(Y(v), Y(0)).toFixed(1)}" height="${Math.abs(Y(v) - Y(0)).toFixed(1)}" fill="${hatched ? "url(#moving-hatch)" : color}" stroke="currentColor" stroke-width="0.8"/>`).join("");
  if (mark.dot) return `<circle cx="${X(mark.dot[0])}" cy="${Y(mark.dot[1])}" r="6" fill="${ORANGE}"/>`;
  if ("across" in mark) return `<line x1="${LEFT}" x2="${WIDE - RIGHT}" y1="${Y(mark.across)}" y2="${Y(mark.across)}" stroke="${ORANGE}" stroke-width="2" stroke-dasharray="6 4"/>`;
  return `<line x1="${X(mark.up)}" x2="${X(mark.up)}" y1="${TOP}" y2="${HIGH - BOTTOM}" stroke="${GREY}" stroke-width="1.5" stroke-dasharray="2 3"/>`;
}

function chart(panels) {
  return panels.map(panel => {
    const X = x => LEFT + ((x - panel.xlim[0]) / (panel.xlim[1] - panel.xlim[0])) * (WIDE - LEFT - RIGHT);
    const Y = y => HIGH - BOTTOM - ((y - panel.ylim[0]) / (panel.ylim[1] - panel.ylim[0])) * (HIGH - BOTTOM - TOP);
    const low = HIGH - BOTTOM, named = panel.marks.filter(mark => mark.name);
    const across = panel.names ? panel.names.map((_, i) => i) : ticks(panel.xlim, panel.whole);
    const grid = ticks(panel.ylim).map(y => `<line class="grid" x1="${LEFT}" x2="${WIDE - RIGHT}" y1="${Y(y)}" y2="${Y(y)}"/><text x="${LEFT - 6}" y="${Y(y) + 4}" text-anchor="end">${y}</text>`).join("");
    const below = across.map(x => lines(panel.names ? panel.names[x] : String(x), X(x), low + 17, 'text-anchor="middle"')).join("");
    const clip = `<clipPath id="moving-clip"><rect x="${LEFT}" y="${TOP}" width="${WIDE - LEFT - RIGHT}" height="${low - TOP}"/></clipPath>`;
    const hatch = '<pattern id="moving-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line y2="6" stroke="currentColor" stroke-width="1.6"/></pattern>';
    const legend = named.map(mark => `<span><svg width="22" height="10" aria-hidden="true">${mark.bars ? `<rect width="20" height="9" fill="${mark.bars[0][2] ? "url(#moving-hatch)" : mark.color || SKY}" stroke="currentColor"/>` : `<line x2="22" y1="5" y2="5" stroke="${mark.color || ("up" in mark ? GREY : ORANGE)}" stroke-width="2.2" stroke-dasharray="${mark.dash || ("across" in mark ? "6 4" : "up" in mark ? "2 3" : "")}"/>`}</svg> ${safe(mark.name)}</span>`).join("");
    const words = `Figure. ${panel.title.replace("\n", "; ")}; x axis: ${panel.x}; y axis: ${panel.y || "the same"}`;
    return `<figure><svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="${safe(words)}"><defs>${clip}${hatch}</defs>
      ${lines(panel.title, LEFT - 40, 18, 'class="title"')}${grid}${below}
      <g clip-path="url(#moving-clip)">${panel.marks.map(mark => drawn(mark, X, Y, panel)).join("")}</g>
      <path class="axis" d="M${LEFT} ${TOP}V${low}H${WIDE - RIGHT}"/>
      <text x="${(LEFT + WIDE) / 2}" y="${HIGH - (panel.names ? 8 : 20)}" text-anchor="middle">${safe(panel.x)}</text>
      <text transform="translate(14 ${(TOP + low) / 2}) rotate(-90)" text-anchor="middle">${safe(panel.y)}</text></svg>
      <figcaption>${legend}</figcaption></figure>`;
  }).join("");
}

window.movingCharts = { drawings, chart };
