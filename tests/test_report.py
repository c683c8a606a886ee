"""The report: one file, true to the run, harmless whatever the model wrote, and there for unfinished runs too."""

import base64
import gzip
import json
import math
import re
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from azr_nb import report
from azr_nb.config import make_config
from azr_nb.record import RunFolderError
from azr_nb.report import write_report
from azr_nb.tasks import TASK_TYPES, Proposal, Rollout, Task, Verdict

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&amp;</pre></body>{{ 7*7 }}"
STEPS = 20


def score(value):
    return {"pass@1": value, "greedy": value + 0.1, "n": 200, "samples": 4, "ci95": [value - 0.03, value + 0.04],
            "greedy_ci95": [value + 0.05, value + 0.15]}  # fmt: skip


def scores(value):
    return {suite: {kind: score(value) for kind in TASK_TYPES} for suite in ("own", "harder")}


def a_task(kind, step, number=0, text=""):
    program = f"def f(a):\n    return a + {100 * step + number}{text}"
    if kind == "induction":
        pairs = tuple((str(i), str(i + step)) for i in range(4))
        return Task(kind, program, pairs, visible=2, message=f"adds{text}", step=step)
    return Task(kind, program, (("3", str(103 + step)),), step=step)


def rollouts_of(task, text="", answers=("right", "wrong")):
    """A valid proposal and the solver's answers to it."""
    kind = task.type
    yield Rollout("propose", kind, "# propose", f"{task.program}\nf(3)", task=task, verdict=Verdict("ok"),
                  proposal=Proposal(kind, task.program, ("3",)), solve_rate=0.375, reward=0.625)  # fmt: skip
    for answer in answers:
        verdict = Verdict("ok") if answer == "right" else Verdict("wrong", f"the value differs{text}")
        yield Rollout("solve", kind, "# solve", f"=> {answer} {kind} {task.step}{text}", task=task, verdict=verdict)


def write_rows(folder, rows):
    (folder / "rollouts.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rows).encode()))


def make_run(folder, steps=STEPS, text="", after=True, per_step=1, **summary):
    """A run folder as a run writes it, with made-up values; `text` is worked into everything a model writes."""
    folder.mkdir(parents=True, exist_ok=True)
    config = make_config("classroom", steps=STEPS, seed=7)
    (folder / "config.yaml").write_text("# settings\n" + yaml.safe_dump(config.model_dump(mode="json")))
    names = ["step", "minutes", "solve/deduction/accuracy", "propose/deduction/valid", "funnel/ok", "grad_norm"]
    lines = [f"{i},{0.5 * (i + 1)},{0.2 + 0.01 * i},0.9,18,{'' if i % 3 else 1.5}" for i in range(steps)]
    (folder / "metrics.csv").write_text("\n".join([",".join(names), *lines]) + "\n")
    tasks, rows = [], []
    for step in range(steps):
        for kind in TASK_TYPES:
            for number in range(per_step):
                tasks.append(a_task(kind, step, number, text))
                rows += [rollout.to_row(step) for rollout in rollouts_of(tasks[-1], text)]
            rows.append(Rollout("propose", kind, "# propose", f"no program{text}").to_row(step))
    write_rows(folder, rows)
    (folder / "buffer.jsonl").write_text("".join(json.dumps(task.to_dict()) + "\n" for task in tasks))
    whole = {"before": scores(0.2), "config": config.model_dump(mode="json"), "steps": steps,
             "minutes": 0.5 * steps, "notes": [f"a note{text}"], **summary}  # fmt: skip
    if after:
        whole["after"] = scores(0.27)
    (folder / "summary.json").write_text(json.dumps(whole))
    return folder


class Page(HTMLParser):
    """The tags with their attributes, the text, and the boxes of model-written text of a page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.words, self.boxes, self.open = [], "", [], []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if tag == "pre":
            self.boxes.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"{tag} is not closed in its turn"

    def handle_data(self, data):
        if self.open and self.open[-1] == "pre":
            self.boxes[-1] += data
        if "style" not in self.open:
            self.words += data

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page(write_report(make_run(tmp_path_factory.mktemp("runs") / "first")))


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Figures are drawn but not turned into PNGs, which takes longest; only the shared page has them."""
    monkeypatch.setattr(report, "_inline", lambda figure: "data:,")


# --- what a reader sees ------------------------------------------------------------------------------------------
def test_facts_of_the_run(page):
    words = " ".join(page.words.split())
    assert "Self-play run first" in words
    for fact in ("Preset classroom", "Model tiny", "Seed 7", "Steps 20 of 20", "Minutes of training 10.0"):
        assert fact in words
    assert "a note" in words and "one run with one seed" in words


def test_scores_with_intervals_differences_and_mean(page):
    words = " ".join(page.words.split())
    assert "20.0 [17.0, 24.0] 27.0 [24.0, 31.0] +7.0 [+2.0, +12.0]" in words
    assert "30.0 [25.0, 35.0] 37.0 [32.0, 42.0] +7.0 [-0.1, +14.1]" in words
    assert "mean 20.0 [18.8, 21.6] 27.0 [25.8, 28.6] +7.0 [+5.0, +9.0]" in words
    assert len(page.of("tr")) == 2 + 2 * len(TASK_TYPES) + 1


def test_figures_are_inlined_with_alt_text(page):
    images = page.of("img")
    assert len(images) == 1 + len(report.FIGURES)
    for image in images:
        assert len(image["alt"]) > 40
        kind, data = image["src"].split(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG\r\n\x1a\n")


def test_every_figure_has_its_words_in_the_template():
    template = report.TEMPLATE.read_text(encoding="utf-8")
    assert [name for name in re.findall(r'(?m)^  \("(\w+)", ', template)] == [f.__name__ for f in report.FIGURES]


def test_early_and_late_tasks_with_answers(page):
    words = " ".join(page.words.split())
    assert "Early: steps 0 to 1" in words and "Late: steps 18 to 19" in words
    for kind in TASK_TYPES:
        for step in (0, 1, 18, 19):
            assert f"=> right {kind} {step}" in page.boxes and f"=> wrong {kind} {step}" in page.boxes
        assert not any(f"{kind} 10" in box for box in page.boxes)
    assert "def f(a):\n    return a + 1900" in page.boxes
    assert "solve rate 38 %, proposer's reward +0.62" in words
    assert "f(3) => 122" in page.boxes
    assert "f(1) => 20\nf(2) => 21    # hidden from the solver" in "\n".join(page.boxes)


def test_three_proposals_of_a_type_at_most(tmp_path):
    page = Page(write_report(make_run(tmp_path / "run", per_step=5)))
    assert len(page.of("article")) == 2 * len(TASK_TYPES) * report.SAMPLES


def test_the_page_loads_nothing_and_runs_nothing(page):
    active = {"script", "link", "iframe", "object", "embed", "form", "base", "a"}
    assert active.isdisjoint(tag for tag, _ in page.tags)
    without_images = re.sub(r"data:image/png;base64,[\w+/=]+", "", page.source)
    assert not re.search(r"(?i)https?:|//|url\(|@import|javascript:", without_images)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    (policy,) = [meta["content"] for meta in page.of("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script" not in policy
    assert page.open == [] and page.of("html") == [{"lang": "en"}]


def test_dark_and_light(page):
    assert "prefers-color-scheme: dark" in page.source
    assert re.search(r"figure img \{[^}]*background: #ffffff", page.source)


# --- hostile text ------------------------------------------------------------------------------------------------
def test_markup_from_a_model_stays_text(tmp_path, page):
    hostile = Page(write_report(make_run(tmp_path / "run", text=HOSTILE)))
    assert "<script" not in hostile.source and "onerror=alert(1)>" not in hostile.source
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in page.tags]
    assert f"=> right deduction 0{HOSTILE}" in hostile.boxes
    assert f"a note{HOSTILE}" in hostile.words


def test_markup_in_the_folder_name_and_the_settings_stays_text(tmp_path):
    folder = make_run(tmp_path / "<b>run<script>", text="")
    config = folder / "config.yaml"
    config.write_text(config.read_text() + "surprise: <script>alert(1)</script>\n")
    page = Page(write_report(folder))
    assert "<script" not in page.source
    assert "Self-play run <b>run<script>" in page.words and "<script>alert(1)</script>" in page.words


@given(st.text(st.characters(exclude_characters="\r\0"), min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_any_text_comes_back_as_it_was(text):
    shown = {"step": 0, "program": text, "pairs": "", "message": "", "solve_rate": "", "reward": "",
             "answers": [("wrong", text, "")]}  # fmt: skip
    figures = {draw.__name__: "" for draw in report.FIGURES}
    source = report._template().render(name=text, facts=[], scores=[], finished=False, before_after="", config={},
        figures=figures, notes=[text], phases=[{"title": "Early", "types": [(text, [shown])]}])  # fmt: skip
    parser = Page.__new__(Page)
    HTMLParser.__init__(parser)
    parser.tags, parser.words, parser.boxes, parser.open = [], "", [], []
    parser.feed(source)
    parser.close()
    assert parser.boxes == [text, text]
    assert not parser.of("script")


def test_text_that_is_no_unicode_is_written_escaped(tmp_path):
    page = Page(write_report(make_run(tmp_path / "run", steps=1, text="\ud800 \u202e")))
    assert any("\\ud800" in box for box in page.boxes)
    assert "unicode-bidi: isolate-override" in page.source


def test_long_text_is_cut(tmp_path):
    path = write_report(make_run(tmp_path / "run", steps=2, text="x" * 50_000))
    page = Page(path)
    assert max(map(len, page.boxes)) < report.LONGEST + 100
    assert "more characters" in page.words


# --- unfinished and damaged runs -----------------------------------------------------------------------------------
def test_a_run_without_scores_afterwards_says_so(tmp_path):
    page = Page(write_report(make_run(tmp_path / "run", after=False)))
    assert "There are no scores after self-play" in page.words
    assert "20.0\n[17.0, 24.0]" in page.words and "27.0" not in page.words


def test_a_bare_metrics_file_is_enough(tmp_path):
    (tmp_path / "metrics.csv").write_text("step\n")
    page = Page(write_report(tmp_path))
    assert "no held-out scores in this run yet" in page.words and "No step has been taken yet" in page.words
    assert "not recorded" in page.words


@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "noise"])
@pytest.mark.parametrize("name", ["summary.json", "config.yaml", "rollouts.jsonl.gz", "buffer.jsonl"])
def test_damaged_files_never_fail(tmp_path, name, damage):
    path = make_run(tmp_path / "run", steps=10) / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "noise": b"\xff\x00[:" + data[9:]}[damage])
    assert "Tasks as the model wrote them" in Page(write_report(path.parent)).words


def test_rows_before_the_cut_are_shown(tmp_path):
    folder = make_run(tmp_path / "run")
    path = folder / "rollouts.jsonl.gz"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])  # one member per step, the last cut off
    assert "=> right induction 19" in Page(write_report(folder)).boxes


def test_a_task_missing_from_the_buffer_is_shown_as_written(tmp_path):
    folder = make_run(tmp_path / "run", steps=1)
    (folder / "buffer.jsonl").write_text("")
    assert "def f(a):\n    return a + 0\nf(3)" in Page(write_report(folder)).boxes


def test_one_step_has_no_late_part(tmp_path):
    page = Page(write_report(make_run(tmp_path / "run", steps=1)))
    assert "Early: step 0" in page.words and "Late" not in page.words


def test_answers_come_from_the_proposal_step_or_later(tmp_path):
    folder = make_run(tmp_path / "run", steps=10)
    task = a_task("deduction", 9)
    rows = [r.to_row(2) for r in rollouts_of(task, " too early")][1:] + [r.to_row(9) for r in rollouts_of(task)]
    write_rows(folder, rows)
    page = Page(write_report(folder))
    assert "=> right deduction 9" in page.boxes
    assert not any("too early" in box for box in page.boxes)


def test_a_changed_setting_is_named_beside_the_preset(tmp_path):
    config = make_config("classroom", temperature=0.7).model_dump(mode="json")
    page = Page(write_report(make_run(tmp_path / "run", steps=1, config=config)))
    assert "classroom, but temperature = 0.7" in page.words


def test_a_second_report_replaces_the_first(tmp_path):
    folder = make_run(tmp_path / "run", steps=2)
    files = sorted(path.name for path in folder.iterdir())
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first
    assert sorted(path.name for path in folder.iterdir()) == sorted([*files, "report.html"])


@pytest.mark.parametrize(("make", "says"), [
    (lambda path: None, "it is no folder"),
    (lambda path: path.write_text("a file"), "it is no folder"),
    (lambda path: path.mkdir(), "metrics.csv is missing"),
])  # fmt: skip
def test_no_run_folder_is_one_clear_line(tmp_path, make, says):
    make(tmp_path / "run")
    with pytest.raises(RunFolderError, match=says) as caught:
        write_report(tmp_path / "run")
    assert isinstance(caught.value, ValueError) and "\n" not in str(caught.value)


# --- arithmetic --------------------------------------------------------------------------------------------------
SCORES = st.tuples(*[st.floats(0, 1)] * 3).map(sorted).map(lambda ends: (ends[1], ends[0], ends[2]))


@given(st.lists(SCORES, min_size=1, max_size=6), SCORES)
def test_intervals_hold_their_value(some, other):
    value, low, high = report._mean(some)
    assert low <= value + 1e-9 and value <= high + 1e-9
    assert high - low <= max(end - start for _, start, end in some) + 1e-9
    forward, back = report._difference(some[0], other), report._difference(other, some[0])
    assert forward[1] <= forward[0] <= forward[2]
    assert forward == pytest.approx((-back[0], -back[2], -back[1]))


def test_unknown_scores_are_a_dash():
    nothing = (math.nan, math.nan, math.nan)
    assert report._text(nothing) == report._text(report._difference((0.5, 0.4, 0.6), nothing), "+") == "–"
    assert report._text((0.5, math.nan, math.nan)) == "50.0"
