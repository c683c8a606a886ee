"""The report: one file, true to the run, harmless whatever the model wrote, and there for unfinished runs too."""

import base64
import gzip
import importlib.util
import json
import math
import re
import shutil
import time
from html.parser import HTMLParser

import nbformat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from azr_nb.cli import app as cli
from azr_nb.config import make_config
from azr_nb.runs import report
from azr_nb.runs import report_parts as parts
from azr_nb.runs.catalogue import WARD
from azr_nb.runs.compare import compare_runs
from azr_nb.runs.folder import RunFolderError
from azr_nb.runs.plots import read_metrics
from azr_nb.runs.report import write_report
from azr_nb.runs.shipped import open_recorded
from azr_nb.tasks import TASK_TYPES, Proposal, Rollout, Task, Verdict
from tools.offline import addresses

HOSTILE = (
    "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&amp;</pre></body>{{ 7*7 }} **bold** [a](javascript:b)"
)
STEPS = 20
FIGURES = 11  # before and after, vital signs, and one for each of nine sections


def score(value):
    return {
        "pass@1": value,
        "greedy": value + 0.1,
        "n": 200,
        "samples": 4,
        "ci95": [value - 0.03, value + 0.04],
        "greedy_ci95": [value + 0.05, value + 0.15],
    }


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
    yield Rollout(
        "propose",
        kind,
        "# propose",
        f"{task.program}\nf(3)",
        task=task,
        verdict=Verdict("ok"),
        proposal=Proposal(kind, task.program, ("3",)),
        solve_rate=0.375,
        reward=0.625,
    )
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
    whole = {
        "before": scores(0.2),
        "config": config.model_dump(mode="json"),
        "steps": steps,
        "minutes": 0.5 * steps,
        "notes": [f"a note{text}"],
        **summary,
    }
    if after:
        whole["after"] = scores(0.27)
    (folder / "summary.json").write_text(json.dumps(whole))
    return folder


class Page(HTMLParser):
    """The tags with their attributes, the text, and the boxes of model-written text of a page."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.words, self.boxes, self.open = [], "", [], []
        self.source = source
        self.feed(self.source)
        self.close()
        self.words = " ".join(self.words.split())

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        self.words += " "
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


def read(path):
    return Page(path.read_text(encoding="utf-8"))


def quick(folder):
    """The tables of the report without the notebook around them, which takes seconds."""
    run = parts.read_run(folder)
    made = (parts.heading, parts.facts, parts.scores_table, parts.vital_moves, parts.out_of_range, parts.notes)
    return Page("".join(draw(run) for draw in (*made, parts.samples)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "first")


@pytest.fixture(scope="module")
def page(folder):
    begun = time.perf_counter()
    path = write_report(folder)
    assert path == folder / "report.html" and time.perf_counter() - begun < 60
    return read(path)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """An unfinished run in which everything that can be hostile is, and whose folder holds modules to import."""
    folder = make_run(tmp_path_factory.mktemp("runs") / "<b>run<script>", text=HOSTILE, after=False)
    config = folder / "config.yaml"
    config.write_text(config.read_text() + "surprise: <script>alert(1)</script>\n")
    for name in ("azr_nb", "yaml", "matplotlib"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported')\n")
    return write_report(folder, folder.parent / "pages" / "hostile.html")


# --- the notebook ------------------------------------------------------------------------------------------------
def test_the_notebook_is_clean_and_short():
    notebook = nbformat.read(report.NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert all(len(cell.source.splitlines()) <= 4 for cell in code)
    (parameters,) = [cell for cell in code if "parameters" in cell.metadata.get("tags", ())]
    assert parameters.source.startswith('RUN = "healthy"')


def test_every_figure_is_explained_in_front_of_it():
    cells = nbformat.read(report.NOTEBOOK, as_version=4).cells
    drawn = [i for i, cell in enumerate(cells) if re.match(r"plots|parts\.(vital_signs|before_after)", cell.source)]
    assert len(drawn) == FIGURES
    assert all(cells[i - 1].cell_type == "markdown" and len(cells[i - 1].source) > 40 for i in drawn)


# --- what a reader sees ------------------------------------------------------------------------------------------
def test_facts_of_the_run(page):
    assert "Self-play run first" in page.words
    for fact in ("Preset classroom", "Model tiny", "Seed 7", "Steps 20 of 20", "Minutes of training 10.0"):
        assert fact in page.words
    assert "a note" in page.words and "one run with one seed" in page.words
    assert "azr_nb/assets/report.ipynb" in page.words and "azr-nb report FOLDER" in page.words
    assert "RUN =" not in page.words and "parts." not in page.words, "code is shown"


def test_scores_with_intervals_differences_and_mean(page):
    assert "20.0 [17.0, 24.0] 27.0 [24.0, 31.0] +7.0 [+2.0, +12.0]" in page.words
    assert "30.0 [25.0, 35.0] 37.0 [32.0, 42.0] +7.0 [-0.1, +14.1]" in page.words
    assert "mean 20.0 [18.8, 21.6] 27.0 [25.8, 28.6] +7.0 [+5.0, +9.0]" in page.words
    assert len(parts.scores({"before": scores(0.2), "after": scores(0.27)})) == 2 * len(TASK_TYPES) + 1


def test_differences_are_paired_where_scores_are_kept_by_task(tmp_path):
    recorded = open_recorded("learnability-0")
    paired = parts.paired_differences(recorded)
    change = compare_runs([recorded])["change"]["greedy"]
    mean = tuple(change[name] / 100 for name in ("mean", "low", "high"))
    assert paired["all", "", "greedy"] == pytest.approx(mean, abs=0.005) and len(paired) == 14
    summary = json.loads((recorded / "summary.json").read_text())
    rows, plain = parts.scores(summary, paired), parts.scores(summary)
    assert rows[-1][-1] == parts.text(paired["all", "", "greedy"], "+") != plain[-1][-1]
    assert [row[:5] for row in rows] == [row[:5] for row in plain]
    for damage in ("", '{"before": {', '{"before": {"own": {"x": {}}}, "after": {}}', '{"before": 1, "after": 2}'):
        (tmp_path / "held_out.json").write_text(damage)
        assert parts.paired_differences(tmp_path) == {}


def test_figures_are_inlined_with_alt_text(page):
    images = page.of("img")
    assert len(images) == FIGURES
    for image in images:
        assert len(image["alt"]) > 40
        kind, data = image["src"].split(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG\r\n\x1a\n")


def test_early_and_late_tasks_with_answers(page):
    assert "Early: steps 0 to 1" in page.words and "Late: steps 18 to 19" in page.words
    for kind in TASK_TYPES:
        for step in (0, 1, 18, 19):
            assert f"=> right {kind} {step}" in page.boxes and f"=> wrong {kind} {step}" in page.boxes
        assert not any(f"{kind} 10" in box for box in page.boxes)
    assert "def f(a):\n    return a + 1900" in page.boxes
    assert "solve rate 38 %, proposer's reward +0.62" in page.words
    assert "f(3) => 122" in page.boxes
    assert "f(1) => 20\nf(2) => 21    # hidden from the solver" in "\n".join(page.boxes)


def test_three_proposals_of_a_type_at_most(tmp_path):
    folder = make_run(tmp_path / "run", per_step=5)
    shown = parts.chosen(folder, parts.read_run(folder).steps)
    assert [len(tasks) for _, types in shown for _, tasks in types] == [parts.SAMPLES] * 2 * len(TASK_TYPES)


def test_the_page_loads_nothing_and_runs_nothing(page):
    active = {"script", "link", "iframe", "object", "embed", "form", "base", "a"}
    assert active.isdisjoint(tag for tag, _ in page.tags)
    assert addresses(page.source, "html") == []
    without_images = re.sub(r"data:image/png;base64,[\w+/=]+", "", page.source)
    assert not re.search(r"(?i)https?:|//|url\(|@import|javascript:", without_images)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    (policy,) = [meta["content"] for meta in page.of("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert page.open == [] and page.of("html") == [{"lang": "en"}] and len(page.of("title")) == 1


def test_dark_and_light(page):
    assert "prefers-color-scheme: dark" in page.source
    assert re.search(r"figure img \{[^}]*background: #ffffff", page.source)


def test_a_second_report_is_the_same_and_leaves_nothing_beside_it(page, folder):
    files = sorted(path.name for path in folder.iterdir())
    assert "report.html" in files and not [name for name in files if name.endswith((".tmp", ".ipynb"))]
    write_report(folder)
    assert (folder / "report.html").read_text(encoding="utf-8") == page.source
    assert sorted(path.name for path in folder.iterdir()) == files


# --- health ------------------------------------------------------------------------------------------------------
def test_columns_out_of_range_come_with_what_to_do(folder, page):
    assert "Nothing is out of its healthy range" in page.words
    (folder.parent / "sick").mkdir(exist_ok=True)
    sick = folder.parent / "sick" / "metrics.csv"
    sick.write_text("step,dead_share,distinct_programs\n" + "".join(f"{i},0.99,0.01\n" for i in range(12)))
    words = Page(parts.out_of_range(parts.read_run(sick.parent))).words
    assert "Warning of collapse: " in words and "last 10 steps" in words
    for name, side in (("dead_share", "above"), ("distinct_programs", "below")):
        assert re.search(rf"{name} \S+ [^|]* {side} \w+", words)


def test_vital_signs_have_a_band_where_the_healthy_twins_fit(folder, monkeypatch):
    monkeypatch.setattr(parts, "twins", lambda: [read_metrics(folder / "metrics.csv")])
    run = parts.read_run(folder)
    assert parts.healthy_bands(run.config) == {}, "the classroom preset is no twin of the ward"
    assert "No healthy twins" in parts.vital_moves(run)
    titles = [axis.get_title(loc="left") for axis in parts.vital_signs(run).axes]
    assert len(titles) == 8 and not any("band" in title for title in titles)
    usual = make_config("classroom", **WARD).model_dump(mode="json")
    for config in (usual, usual | {"learning_rate": 0.5}, usual | {"steps": 3, "seed": 5, "intrinsic": {"x": 1}}):
        assert "valid share" in parts.healthy_bands(config)
    assert parts.healthy_bands(usual | {"model": "other"}) == {}
    twin = parts.Run(run.folder, run.metrics, usual, run.summary)
    titles = [axis.get_title(loc="left") for axis in parts.vital_signs(twin).axes]
    assert "valid share\nin its band" in titles
    assert "stayed in its band" in parts.vital_moves(twin)


# --- hostile text ------------------------------------------------------------------------------------------------
def test_markup_from_a_model_stays_text(hostile, page):
    made = read(hostile)
    assert "<script" not in made.source and "onerror=alert(1)>" not in made.source and "<strong>bold" not in made.source
    assert {tag for tag, _ in made.tags} <= {tag for tag, _ in page.tags}
    assert f"=> right deduction 0{HOSTILE}" in made.boxes
    assert f"a note{HOSTILE}" in made.words
    assert not any(name.startswith("on") for _, attributes in made.tags for name in attributes)


def test_markup_in_the_folder_name_and_the_settings_stays_text(hostile):
    words = read(hostile).words
    assert words.count("Self-play run <b>run<script>") == 2 and "surprise <script>alert(1)</script>" in words


def test_nothing_in_the_run_folder_is_imported(hostile):
    assert hostile.is_file() and "Tasks as the model wrote them" in read(hostile).words


@pytest.mark.browser
@pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed")
@pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="no Chromium is installed"
)
def test_a_browser_runs_nothing_and_asks_nobody(hostile):
    from tools.screens import browser_page

    with browser_page() as opened:
        said, asked = [], []
        opened.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        opened.on("console", lambda message: said.append(message.text))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(hostile.as_uri())
        assert opened.title() == "Self-play run <b>run<script>"
        boxes = opened.evaluate("[...document.querySelectorAll('pre')].map(box => box.textContent)")
        wide = opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        loaded = opened.evaluate("[...document.images].filter(image => image.naturalWidth > 100).length")
    assert f"=> right deduction 0{HOSTILE}" in boxes and loaded == FIGURES and wide
    assert said == [] and [url for url in asked if not url.startswith("data:")] == [hostile.as_uri()]


@given(st.text(st.characters(exclude_characters="\r\0", exclude_categories=("Cs",)), min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_any_text_comes_back_as_it_was(text):
    answer = {"completion": text, "reason": text}
    row = {"step": 0, "completion": text, "solve_rate": None, "reward": 0.0, "wrong": answer}
    made = Page(parts.proposal_table(row, None))
    assert made.boxes == [text, text]
    assert {tag for tag, _ in made.tags} <= {"table", "tr", "th", "td", "pre", "p"}


def test_text_that_is_no_unicode_is_written_escaped(tmp_path, page):
    made = quick(make_run(tmp_path / "run", steps=1, text="\ud800 \u202e"))
    assert any("\\ud800" in box for box in made.boxes)
    made.source.encode("utf-8")
    assert "unicode-bidi: isolate-override" in page.source


def test_long_text_is_cut(tmp_path):
    made = quick(make_run(tmp_path / "run", steps=2, text="x" * 50_000))
    assert max(map(len, made.boxes)) < parts.LONGEST + 100
    assert "more characters" in made.words


# --- unfinished and damaged runs -----------------------------------------------------------------------------------
def test_a_run_without_scores_afterwards_says_so(hostile):
    words = read(hostile).words
    assert "There are no scores after self-play" in words
    assert "20.0 [17.0, 24.0]" in words and "27.0" not in words


def test_a_bare_metrics_file_is_enough(tmp_path):
    (tmp_path / "metrics.csv").write_text("step\n")
    made = read(write_report(tmp_path))
    assert "no held-out scores in this run yet" in made.words and "No step has been taken yet" in made.words
    assert "not recorded" in made.words and "The run left no notes" in made.words
    assert len(made.of("img")) == FIGURES - 1, "there is no before and after"


@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "noise"])
@pytest.mark.parametrize("name", ["summary.json", "config.yaml", "rollouts.jsonl.gz", "buffer.jsonl"])
def test_damaged_files_never_fail(tmp_path, name, damage):
    path = make_run(tmp_path / "run", steps=10) / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "noise": b"\xff\x00[:" + data[9:]}[damage])
    made = quick(path.parent)
    assert "Steps 10 of" in made.words and "Early: step 0" in made.words


def test_rows_before_the_cut_are_shown(tmp_path):
    folder = make_run(tmp_path / "run")
    path = folder / "rollouts.jsonl.gz"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])  # one member per step, the last cut off
    assert "=> right induction 19" in quick(folder).boxes


def test_a_task_missing_from_the_buffer_is_shown_as_written(tmp_path):
    folder = make_run(tmp_path / "run", steps=1)
    (folder / "buffer.jsonl").write_text("")
    assert "def f(a):\n    return a + 0\nf(3)" in quick(folder).boxes


def test_one_step_has_no_late_part(tmp_path):
    made = quick(make_run(tmp_path / "run", steps=1))
    assert "Early: step 0" in made.words and "Late" not in made.words


def test_answers_come_from_the_proposal_step_or_later(tmp_path):
    folder = make_run(tmp_path / "run", steps=10)
    task = a_task("deduction", 9)
    rows = [r.to_row(2) for r in rollouts_of(task, " too early")][1:] + [r.to_row(9) for r in rollouts_of(task)]
    write_rows(folder, rows)
    made = quick(folder)
    assert "=> right deduction 9" in made.boxes
    assert not any("too early" in box for box in made.boxes)


def test_a_changed_setting_is_named_beside_the_preset(tmp_path):
    config = make_config("classroom", temperature=0.7).model_dump(mode="json")
    assert "classroom, but temperature = 0.7" in quick(make_run(tmp_path / "run", steps=1, config=config)).words


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "it is not a folder"),
        (lambda path: path.write_text("a file"), "it is not a folder"),
        (lambda path: path.mkdir(), "metrics.csv is missing"),
    ],
)
def test_no_run_folder_is_one_clear_line(tmp_path, make, says):
    make(tmp_path / "run")
    with pytest.raises(RunFolderError, match=says) as caught:
        write_report(tmp_path / "run")
    assert isinstance(caught.value, ValueError) and "\n" not in str(caught.value)


def test_a_notebook_that_fails_is_one_line_and_the_old_page_stays(tmp_path, monkeypatch):
    cells = [nbformat.v4.new_code_cell(text) for text in ('RUN = ""', "raise KeyError('no\\nsuch thing')")]
    cells[0].metadata["tags"] = ["parameters"]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "broken.ipynb")
    monkeypatch.setattr(report, "NOTEBOOK", tmp_path / "broken.ipynb")
    folder = make_run(tmp_path / "run", steps=1)
    (folder / "report.html").write_text("as it was")
    with pytest.raises(RunFolderError, match="could not be written: KeyError: .*such thing") as caught:
        write_report(folder)
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)
    assert (folder / "report.html").read_text() == "as it was" and not list(folder.glob("*.tmp"))


# --- who asks for it ---------------------------------------------------------------------------------------------
def command(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["azr-nb", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


def test_the_command_writes_beside_the_run_or_below_data_out(folder, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(report, "write_report", lambda run, out: asked.append((run, out)) or out or run / report.PAGE)
    monkeypatch.setattr("azr_nb.runs.shipped.open_recorded", lambda name: tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "report", folder) == 0
    assert command(monkeypatch, "report", folder, "--out", "x.html") == 0
    assert command(monkeypatch, "report", "collapse") == 0
    pages = [str(out) if out else None for _, out in asked]
    assert pages == [None, "x.html", "data_out/reports/collapse.html"]
    assert f"Report: {folder / 'report.html'}" in capsys.readouterr().out


def test_the_command_refuses_what_is_no_run(tmp_path, monkeypatch, capsys):
    assert command(monkeypatch, "report", tmp_path / "nowhere") == 2
    assert command(monkeypatch, "report", tmp_path) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "no recorded run" in lines[0] and "metrics.csv is missing" in lines[1]


@pytest.mark.parametrize("error", [RunFolderError("the kernel died"), KeyboardInterrupt()])
def test_a_run_is_whole_without_its_report(tmp_path, monkeypatch, error):
    pytest.importorskip("torch")
    from types import SimpleNamespace

    from azr_nb.runs.train import _Run

    def fail(folder):
        raise error

    monkeypatch.setattr(report, "write_report", fail)
    said = []
    run = SimpleNamespace(run=SimpleNamespace(path=tmp_path), folder=tmp_path, say=said.append)
    assert _Run.write_report(run) is None
    assert said[-1] == f"There is no report ({str(error) or 'interrupted'}); azr-nb report {tmp_path} writes it."


# --- arithmetic --------------------------------------------------------------------------------------------------
SCORES = st.tuples(*[st.floats(0, 1)] * 3).map(sorted).map(lambda ends: (ends[1], ends[0], ends[2]))


@given(st.lists(SCORES, min_size=1, max_size=6), SCORES)
def test_intervals_hold_their_value(some, other):
    value, low, high = parts.mean_score(some)
    assert low <= value + 1e-9 and value <= high + 1e-9
    assert high - low <= max(end - start for _, start, end in some) + 1e-9
    forward, back = parts.difference(some[0], other), parts.difference(other, some[0])
    assert forward[1] <= forward[0] <= forward[2]
    assert forward == pytest.approx((-back[0], -back[2], -back[1]))


def test_unknown_scores_are_a_dash():
    nothing = (math.nan, math.nan, math.nan)
    assert parts.text(nothing) == parts.text(parts.difference((0.5, 0.4, 0.6), nothing), "+") == "–"
    assert parts.text((0.5, math.nan, math.nan)) == "50.0"
