"""Things that move in the notebooks: thin shells over pure functions that give a static picture or page first."""

import base64
import html
import inspect
import time
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure

from azr_nb.course.loop_figure import LOOP, pipeline
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.plots import describe, to_png
from azr_nb.selfplay import StepTrace
from azr_nb.tasks import TASK_TYPES, Rollout

QUICK = 0.1  # seconds within which a view is drawn that follows a slider while it moves


def _paid(rollout: Rollout) -> tuple[str, str]:
    """A rollout's reward with its named terms, `0.75 (learnability)`, and its advantage."""
    return f"{rollout.reward:.3g} ({', '.join(rollout.reward_parts)})", f"{rollout.advantage:+.2f}"


def proposals_table(rollouts: Sequence[Rollout]) -> Page:
    """What the proposer wrote, what the judge said, and what it earned."""
    rows = []
    for r in rollouts:
        rate = "-" if r.solve_rate is None else f"{r.solve_rate:.3g}"
        rows.append((r.type, Page(pre(r.completion)), r.verdict.status, r.verdict.reason, rate, *_paid(r)))
    return table(("task type", "proposal", "verdict", "reason", "solve rate", "reward", "advantage"), rows)


def answers_table(rollouts: Sequence[Rollout]) -> Page:
    """The answers to one task, judged."""
    rows = [(Page(pre(r.completion)), r.verdict.status, *_paid(r)) for r in rollouts]
    return table(("completion", "verdict", "reward", "advantage"), rows)


def shown_task(trace: StepTrace) -> Rollout | None:
    """The valid proposal whose solve rate is nearest to one half: the one with most to see."""
    valid = [r for r in trace.of("propose") if r.solve_rate is not None]
    return min(valid, key=lambda r: abs(r.solve_rate - 0.5), default=None)


def frames(trace: StepTrace) -> dict[str, Page]:
    """A page for each stage of a turn, following one proposal of the trace and the answers to it."""
    chosen = shown_task(trace) or trace.of("propose")[0]
    answers = [r for r in trace.of("solve") if chosen.task is not None and r.task.id == chosen.task.id]
    first = [trace.of("propose", kind)[0] for kind in TASK_TYPES if trace.of("propose", kind)]
    counts = [(kind, int(value)) for kind, value in _under("buffer/", trace.metrics)]
    texts = [(Page(pre(chosen.prompt)), Page(pre(chosen.completion)))]
    parsed = [(r.type, Page(pre(r.completion)), "yes" if r.proposal else "no") for r in first]
    asked = table(("prompt",), [(Page(pre(answers[0].prompt)),)]) if answers else Page("no valid task in this turn")
    compared = [(r.role, r.reward, f"{r.advantage:+.2f}", r.group) for r in [chosen, *answers]]
    return {
        "buffer": table(("task type", "tasks kept"), counts),
        "propose": table(("prompt", "completion"), texts),
        "parse": table(("task type", "completion", "parsed"), parsed),
        "validate": proposals_table(first),
        "solve": asked,
        "check": answers_table(answers),
        "rewards": proposals_table([chosen]),
        "advantages": table(("role", "reward", "advantage", "group"), compared),
        "update": table(("group", "gradient norm"), _under("grad_norm/", trace.metrics)),
    }


def _under(prefix: str, metrics: Mapping[str, float]) -> list[tuple[str, float]]:
    return [(name.removeprefix(prefix), value) for name, value in metrics.items() if name.startswith(prefix)]


def strip(trace: StepTrace) -> Page:
    """All frames one below the other, for readers without a running kernel."""
    pages = enumerate(frames(trace).items(), 1)
    return Page("".join(f"<h4>{i}. {stage}: {LOOP[stage]['title']}</h4>{page}" for i, (stage, page) in pages))


def markup(shown: object) -> str:
    """A picture, with its text alternative, or a page as HTML; anything else as its text, escaped."""
    if isinstance(shown, Page):
        return shown
    if isinstance(shown, Figure):
        picture = base64.b64encode(to_png(shown)).decode()
        alt = html.escape(describe(shown), quote=True)
        return f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{picture}">'
    return pre(str(shown))


def explore(view: Callable[..., object], **controls):
    """Sliders and menus over a pure function `view`, which gives a picture or a page for one setting of all controls.

    A control is a range (lowest, highest, step) for a slider or a list for a menu, with the view's own default as its
    start. The static view at these defaults belongs in the cell before, for readers without a running kernel.
    """
    defaults = {name: p.default for name, p in inspect.signature(view).parameters.items()}
    parts = {name: _control(name, control, defaults[name]) for name, control in controls.items()}
    begun = time.monotonic()
    # not an Output widget: at its messages programs that execute notebooks send on a socket that they wait on, and can
    # miss what they wait for
    shown = ipywidgets.HTML()

    def redraw(_=None) -> None:
        shown.value = markup(view(**{name: part.value for name, part in parts.items()}))

    redraw()
    quick = time.monotonic() - begun < QUICK
    for part in parts.values():
        part.observe(redraw, names="value")
        if isinstance(part, (ipywidgets.IntSlider, ipywidgets.FloatSlider)):
            part.continuous_update = quick  # else drawn when the reader stops, not on the way
    return ipywidgets.VBox([*parts.values(), shown])


def _control(name: str, control: Sequence, default: object):
    looks = {"description": name.replace("_", " "), "style": {"description_width": "initial"}}
    typed = {"value": default, "continuous_update": False, **looks}
    if isinstance(control, tuple):
        whole = all(isinstance(value, int) for value in control)
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        return kind(**dict(zip(("min", "max", "step"), control, strict=True)), **typed)
    if control == "text":
        return ipywidgets.Text(layout={"width": "600px"}, **typed)
    if control == "program":
        return ipywidgets.Textarea(rows=6, layout={"width": "600px"}, **typed)
    return ipywidgets.Dropdown(value=default, options=list(control), **looks)


def player(trace: StepTrace):
    """Buttons and a slider that walk through the frames of a turn, with the loop's picture lit at the current stage."""
    pages = list(frames(trace).items())
    forward = ipywidgets.Button(description="Next step", icon="step-forward", button_style="primary")
    back = ipywidgets.Button(description="Back", icon="step-backward", disabled=True)
    place = ipywidgets.IntSlider(value=1, min=1, max=len(pages), description="stage")
    picture, page = ipywidgets.Image(format="png", width=460), ipywidgets.HTML()

    def show(_=None) -> None:
        number = place.value
        stage, text = pages[number - 1]
        picture.value = to_png(pipeline(stage))
        page.value = f"<h4>{number} of {len(pages)}: {LOOP[stage]['title']}</h4>{text}"
        forward.description = "Next step" if number < len(pages) else "Start over"
        back.disabled = number == 1

    def go(number: int) -> None:
        place.value = number

    forward.on_click(lambda _: go(place.value % len(pages) + 1))
    back.on_click(lambda _: go(place.value - 1))
    place.observe(show, names="value")
    show()
    return ipywidgets.VBox([ipywidgets.HBox([forward, back, place]), picture, page])


def live(play, steps: int, figure: Callable[[dict[str, list[float]]], object]) -> dict[str, list[float]]:
    """Train for some steps, and draw a figure of all metrics so far anew after each; returns the metrics by column.

    `play` is a `SelfPlay`. Without a screen that can be drawn anew, as in a printed notebook, the last figure stands.
    """
    rows: list[dict[str, float]] = []
    metrics: dict[str, list[float]] = {}
    shown = None
    for _ in range(steps):
        rows.append(play.step().metrics)
        metrics = {name: [row.get(name, float("nan")) for row in rows] for name in rows[-1]}
        if shown is None:
            shown = display(figure(metrics), display_id=True)
        else:
            shown.update(figure(metrics))
    return metrics
