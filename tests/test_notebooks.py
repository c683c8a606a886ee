"""The notebooks: their shape, their agreement with the source, and every one executed end to end with papermill."""

from __future__ import annotations

import statistics
from pathlib import Path

import nbformat
import pytest

from azr_nb.course.exercises.core import MIME
from tools import build_notebooks as builder
from tools.run_notebooks import TIERS, minutes_promised, recorded, run

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / builder.SOURCES).glob("[0-9][0-9]*_*.py"))
BUILT = [(source, kind) for source in SOURCES for kind in builder.BUILDS]


def notebook(source: Path, kind: str = "learner") -> Path:
    return ROOT / builder.target(source, kind)


def cells(path: Path, kind: str) -> list:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


each = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
each_build = pytest.mark.parametrize("source, kind", BUILT, ids=[f"{s.stem}-{k}" for s, k in BUILT])


def test_every_notebook_has_a_source():
    stems = [source.stem for source in SOURCES]
    numbers = [stem.partition("_")[0] for stem in stems]
    whole = [number for number in numbers if number not in ("00b", "06b")]
    assert whole == [f"{i:02}" for i in range(len(whole))] and len(numbers) == len(whole) + 2
    for folder in (builder.LEARNER, builder.INSTRUCTOR):
        assert sorted(path.stem for path in (ROOT / folder).glob("[0-9][0-9]*_*.ipynb")) == stems


@each
def test_shape(source):
    code, text = cells(notebook(source), "code"), cells(notebook(source), "markdown")
    lengths = [len(cell.source.splitlines()) for cell in code]
    words = sum(len(cell.source.split()) for cell in text)
    # a cell each, which is read in a moment
    guesses = sum(" = predict(" in cell.source or cell.source.startswith("guess_") for cell in code)
    assert 30 <= len(code) + len(text) - guesses <= 64 and words <= 2_500, (len(code) + len(text), words)
    assert statistics.median(lengths) <= 8 and max(lengths) <= 40
    assert text[0].source.startswith("# ") and minutes_promised(notebook(source)) is not None
    assert text[-1].source.startswith("## Summary") and "### Recall" in text[-1].source
    parameters = [cell for cell in code if "parameters" in cell.metadata.get("tags", [])]
    assert len(parameters) == 1 and all("=" in line for line in parameters[0].source.splitlines())
    assert any("explore(" in cell.source or "player(" in cell.source for cell in code), "nothing moves"
    exercises = [cell for cell in code if "exercise" in cell.metadata.get("tags", [])]
    assert len(exercises) >= (1 if source.stem.startswith("00_") else 2)


@each_build
def test_committed_notebook_is_its_source_executed_and_cleaned(source, kind):
    path = notebook(source, kind)
    expected = builder.cells_of(source, kind)
    built = nbformat.read(path, as_version=4).cells
    assert [(c.cell_type, c.source) for c in built] == [(c.cell_type, c.source) for c in expected], "make notebooks"
    text = path.read_text()
    assert str(ROOT) not in text and " at 0x" not in text and path.stat().st_size < 900_000
    for cell in built:
        assert cell.cell_type != "code" or cell.execution_count is None
        for output in cell.get("outputs", []):
            assert output.output_type != "error" and output.get("name") != "stderr"
    assert any(cell.get("outputs") for cell in built)


@each_build
def test_every_picture_has_a_text_alternative(source, kind):
    pictures = [
        o for cell in cells(notebook(source, kind), "code") for o in cell.outputs if "image/png" in o.get("data", {})
    ]
    for picture in pictures:
        assert picture.metadata["image/png"]["alt"].startswith("Figure. ") and "no description" not in str(picture.data)
    assert pictures


@each_build
def test_exercises_are_open_for_learners_and_right_for_teachers(source, kind):
    shown = [output.get("data", {}) for cell in cells(notebook(source, kind), "code") for output in cell.outputs]
    results = [data[MIME]["status"] for data in shown if MIME in data]
    assert results and set(results) == {"open" if kind == "learner" else "right"}


def test_variety_collapses_in_03_where_form_alone_is_paid():
    """In the committed notebook: a test's few steps are not enough."""
    values = recorded(notebook(ROOT / builder.SOURCES / "03_proposing.py"))
    assert values["careless"] < 0.4 < values["guarded"]


@each
def test_notebook_runs_end_to_end(source, monkeypatch):
    monkeypatch.chdir(ROOT)
    executed, _ = run(notebook(source), "smoke")
    CHECKS[source.stem](recorded(executed))
    errors = [o for cell in cells(executed, "code") for o in cell.outputs if o.get("name") == "stderr"]
    assert not [o for o in errors if "Warning" in o.get("text", "")]


def check_start_here(values: dict) -> None:
    assert 0.3 <= values["valid_share"] <= 1
    assert values["after"] > 60
    assert abs(values["loss"]) < 1e-3 < values["grad_norm"]


def check_toy(values: dict) -> None:
    assert values["worst"] == "easy" and values["once"] == 0
    assert values["learnability"] > 9 > 5 > values["random"] and values["inverse_level"] > 6


def check_proposing(values: dict) -> None:
    assert 0.5 <= values["valid_share"] <= 1
    assert values["cold"] < values["warm"], "without references nothing is valid"
    assert values["depth"] >= 2


def check_three_questions(values: dict) -> None:
    assert values["right_inputs"] == 7 and values["library"] > 1000
    assert values["visible"] == 1 and values["hidden"] == 0, "a lookup table knows what it was shown and nothing else"
    assert values["parity_tries"] == pytest.approx(2, abs=0.1) and values["powers_tries"] == pytest.approx(50.5)


def check_executor(values: dict) -> None:
    assert values["fooled"] == 6 and values["won"] == 0 and values["attacks"] > 200
    assert values["valid"] == (3 if values["engines"] == 2 else 4), "without CPython the order of a set is not seen"
    assert values["agree"] == pytest.approx(0.15, abs=0.1)


def check_rewards(values: dict) -> None:
    assert values["missed"] == pytest.approx(0.851, abs=1e-3)
    assert values["expected_rare"] == pytest.approx(0.129, abs=1e-3)
    assert values["best_rate"] == pytest.approx(0.257, abs=2e-3) and values["best_tickets"] == 4
    assert 0.15 <= values["guessed_two"] <= 0.6 and values["guessed_trivial"] >= 0.85
    assert values["half_right"] == 0.5 and values["sum_rule"] == pytest.approx(0.483, abs=5e-3)


def check_advantages(values: dict) -> None:
    assert values["leave_one_out_error"] < 1e-9 and values["mean_factor"] == pytest.approx(0.75)
    assert values["noise_mean"] < 0.7 * values["noise_none"] and 0.9 < values["cosine"] < 0.999
    assert 0.4 < values["blind"] < 0.7 and values["dead_at_half"] == pytest.approx(2 / 256)
    assert abs(values["loss"]) < 1e-9 < 0.1 < values["grad_norm"]
    assert values["mixed_loss"] < -0.5 and values["broken_slope"] == pytest.approx(-1, abs=1e-3)


def check_lora_update(values: dict) -> None:
    assert values["peft_error"] < 1e-5 and values["off_error"] == 0 and values["merged_error"] < 1e-3
    assert 0.5 < values["kept_by_8"] < 1


def check_clip_and_kl(values: dict) -> None:
    assert values["outside_first"] == 0 <= values["outside_last"]
    assert values["kl"] == pytest.approx(0.194, abs=1e-3)
    assert values["gradient_error"] < 1e-5 < values["largest"]


def check_self_play(values: dict) -> None:
    assert values["gap"] > 0, "praised completions gain on blamed ones"
    assert 0.2 < values["pulling"] < 1 and values["live_steps"] == 2
    assert values["tasks"] > 3000 and values["generations"] >= 4 and values["final_distinct"] < 0.1


def check_read_the_run(values: dict) -> None:
    assert values["first_easy"] == "solve rate" and values["first_hack"] == "complexity"
    assert values["healthy_moves"] == 0 and values["sick_runs"] == 6 and values["easy_rise"] > 0.2


def check_reward_lab(values: dict) -> None:
    assert -100 < values["gained"] < 100 and values["reward"] == "mine" and values["arms"] == 11
    assert values["learnability"] > 5 > 0 > values["untrained"]
    assert values["clear"] == ["learnability - untrained", "learnability - no-repeat"] and values["python_seen"] == 0


def check_is_it_better(values: dict) -> None:
    assert values["learnability"] > values["greedy"], "sampled answers gain more than greedy ones"
    assert values["over_random"] > values["over_random_low"] > 0 and abs(values["drift"]) < 4
    assert values["gap_many"] < values["gap_first"] + 15
    assert (values["real_gain"], values["real_over_coin"]) == pytest.approx((2.6, 3.4), abs=0.05)  # as the text says


def check_curiosity(values: dict) -> None:
    assert values["glued"] > 50 > 3 > values["ordered"], "the noise attracts, and not the set"
    assert values["best"] == 4 and values["top"] == pytest.approx(0.65, abs=1e-3)
    assert values["clear"] == 0 and values["attracted"] < 5, "as the text says"


def check_movement(values: dict) -> None:
    assert values["before"] < 1 and 0 <= values["after"] <= 1
    assert values["self_play"] > 15, "the recorded frontier moves"
    assert values["random_looks"] > 5 and 50 < values["coverage"] <= 100 and values["glued"] > 50


def check_zero(values: dict) -> None:
    assert values["valid"] == values["right"] == values["moved"] == 0 and values["warmed"] > 50
    assert values["taught its own tasks"] > values["self-play"] > values["more warm-up"] > 0 > values["random rewards"]
    assert values["found"] == 4 and values["above_warm_up"] > 0


CHECKS = {
    "00_start_here": check_start_here,
    "00b_toy": check_toy,
    "01_three_questions": check_three_questions,
    "02_executor": check_executor,
    "03_proposing": check_proposing,
    "04_rewards": check_rewards,
    "05_advantages": check_advantages,
    "06_lora_update": check_lora_update,
    "06b_clip_and_kl": check_clip_and_kl,
    "07_self_play": check_self_play,
    "08_read_the_run": check_read_the_run,
    "09_reward_lab": check_reward_lab,
    "10_is_it_better": check_is_it_better,
    "11_movement": check_movement,
    "12_curiosity": check_curiosity,
    "13_zero": check_zero,
}


def test_unknown_tiers_are_named():
    with pytest.raises(ValueError, match=", ".join(TIERS)):
        run(notebook(SOURCES[0]), "huge")


def test_clean_takes_out_what_changes_from_run_to_run():
    output = nbformat.v4.new_output(
        "execute_result", {"text/plain": "<object at 0x7f00ab>", "text/html": "x"}, execution_count=4
    )
    cleaned = builder.clean(output)
    assert cleaned.execution_count is None and cleaned.data == {"text/plain": "<object>", "text/html": "x"}
    shown = {"text/plain": "VBox(…)", "application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    assert builder.clean(nbformat.v4.new_output("display_data", shown)).data == {"text/plain": builder.WIDGET}


def test_one_source_makes_two_notebooks(tmp_path):
    source = tmp_path / "00_x.py"
    source.write_text(
        '# %% [markdown]\n# Say it.\n\n# %% tags=["exercise"]\nmine = [..., ..., ...]\n'
        '### BEGIN SOLUTION\nmine = [-1, 0.25, 0]\n### END SOLUTION\n\ncheck("00.two_rewards", mine)\n\n'
        '# %% [markdown] tags=["hint"]\n# First.\n\n# %% [markdown] tags=["hint"]\n# Second.\n\n'
        '# %% [markdown] tags=["teacher"]\n# Wait a minute.\n\n# %%\nprint(1)\n'
    )
    learner, teacher = (builder.cells_of(source, kind) for kind in builder.BUILDS)
    assert learner[0].source.startswith("### Exercise: ") and "\n\nSay it.\n" in learner[0].source
    assert learner[1].source == 'mine = [..., ..., ...]\n\ncheck("00.two_rewards", mine)'
    assert "mine = [-1, 0.25, 0]" in learner[2].source and "..., ..." not in learner[2].source
    assert all(word in learner[2].source for word in ("Hint 1", "First.", "Hint 2", "Second.", "Solution", "0.25"))
    assert [c.source for c in learner[3:]] == ["print(1)"] and "BEGIN SOLUTION" not in str(learner)
    answer, graded = teacher[1], teacher[2]
    assert "### BEGIN SOLUTION" in answer.source and answer.metadata["nbgrader"]["solution"]
    assert graded.source == 'check("00.two_rewards", mine)' and graded.metadata["nbgrader"]["points"] == 1
    assert "Solution" not in teacher[3].source and teacher[4].source.startswith("> **For the teacher.** Wait")


def test_notebooks_lead_to_one_another_and_to_the_words(tmp_path):
    for name, title in (("00_a", "One"), ("00b_b", "Two"), ("01_c", "Three")):
        (tmp_path / f"{name}.py").write_text(f"# %% [markdown]\n# # {title}\n")
    line = builder.navigation(tmp_path / "00b_b.py", "learner")
    assert line == "← [00 One](00_a.ipynb) · [glossary](glossary.md) · [01 Three](01_c.ipynb) →"
    assert builder.navigation(tmp_path / "01_c.py", "instructor") == (
        "← [00b Two](00b_b.ipynb) · [glossary](../../notebooks/glossary.md)"
    )


@pytest.mark.parametrize(
    "code, folded",
    [
        ("rows = []\n" * 6 + "table(('a',), rows)", True),
        ("rows = []\n" * 6 + "frontier_figure(rows)", True),
        ("table(('a',), rows)", False),
        ("rows = []\n" * 6 + "play.step()", False),
        ("def f(a):\n    return a\n" + "rows = []\n" * 6 + "table(('a',), rows)", False),
    ],
)
def test_cells_that_only_show_something_are_folded(code, folded):
    assert builder.only_shows(code) == folded


def test_exercises_of_a_wrong_form_are_refused(tmp_path):
    source = tmp_path / "00_x.py"
    source.write_text('# %% [markdown]\n# Say it.\n\n# %% tags=["exercise"]\nmine = 3\n')
    with pytest.raises(ValueError, match="as its last line"):
        builder.cells_of(source, "learner")
