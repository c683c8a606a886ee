"""Views of notebook 07: any step and task of a run, model text as text, families back to a seed, answers at once."""

from __future__ import annotations

import gzip
import json
import random
import statistics
import time

import pytest
from stand_ins import program_of, task_of

from azr_nb.course.views.replay import (
    MOST_ANSWERS,
    answers_page,
    descent_page,
    lineage_figure,
    new_tasks,
    proposal_page,
    shown_pairs,
    step_page,
)
from azr_nb.evaluation.measures import lineage_depths
from azr_nb.runs.folder import RunFolderError
from azr_nb.runs.plots import to_png
from azr_nb.runs.replay import ancestors, line_of_descent, open_replay
from azr_nb.runs.shipped import archive, open_recorded
from azr_nb.tasks import Rollout, Task, Verdict

HOSTILE = "<script>alert(1)</script>\n$\\frac{$ & \"'\x1b[2J"


def propose(kind="deduction", task=None, text="text", references=(), status="ok", solve_rate=0.5):
    parts = {"learnability": 0.5} if task else {"format": -1.0}
    return Rollout(
        "propose",
        kind,
        "prompt",
        text,
        task=task,
        verdict=Verdict(status, f"because {status}"),
        solve_rate=solve_rate if task else None,
        reward=sum(parts.values()),
        reward_parts=parts,
        advantage=1.25,
        references=tuple(references),
    )


def solve(task, ok=True, text="3"):
    part = {"correct": 1.0} if ok else {"wrong": -0.5}
    return Rollout(
        "solve",
        task.type,
        "prompt",
        text,
        task=task,
        answer=text,
        reward=sum(part.values()),
        reward_parts=part,
        verdict=Verdict("ok" if ok else "wrong"),
    )


def write(folder, steps, kept, **files):
    """A run folder with these rollouts by step, and these tasks in its buffer."""
    folder.mkdir()
    lines = ["".join(json.dumps(r.to_row(step)) + "\n" for r in rollouts) for step, rollouts in enumerate(steps)]
    (folder / "rollouts.jsonl.gz").write_bytes(b"".join(gzip.compress(text.encode()) for text in lines))
    (folder / "buffer.jsonl").write_text("".join(json.dumps(task.to_dict()) + "\n" for task in kept))
    (folder / "metrics.csv").write_text("step,loss\n" + "".join(f"{i},0.5\n" for i in range(len(steps))))
    (folder / "config.yaml").write_text("seed: 3\n")
    (folder / "summary.json").write_text('{"steps": 2}')
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


SEED = Task("deduction", "def f(a):\n    return a", (("1", "1"),))
CHILD = task_of("induction", 1, (SEED.id,), 0)
GRANDCHILD = Task(
    "deduction",
    "def f(a):\n    return '$\\frac{$ <b>'",
    (("<i>1</i>", "<i>2</i>"),),
    parents=("gone", CHILD.id, SEED.id),
    step=1,
)


@pytest.fixture()
def replay(tmp_path):
    first = [propose("induction", CHILD, references=[SEED.id]), propose(text=HOSTILE, status="unparsable")]
    first += [solve(CHILD, i % 2) for i in range(4)] + [solve(SEED)]
    second = [propose(task=GRANDCHILD, text=HOSTILE, references=[CHILD.id, "gone"])]
    second += [solve(GRANDCHILD, False, HOSTILE) for _ in range(MOST_ANSWERS + 3)]
    return open_replay(write(tmp_path / "a run", [first, second], [SEED, CHILD, GRANDCHILD]))


# --- opening ---------------------------------------------------------------------------------------------------------
def test_a_run_is_indexed_by_step_and_task(replay):
    assert (replay.name, replay.config, replay.summary, replay.steps) == ("a run", {"seed": 3}, {"steps": 2}, [0, 1])
    assert replay.tasks == {task.id: task for task in (SEED, CHILD, GRANDCHILD)}
    assert [len(rows) for rows in replay.answers.values()] == [4, 1, MOST_ANSWERS + 3]


def test_a_run_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    whole = [json.dumps(SEED.to_dict()), json.dumps(CHILD.to_dict())[:-7]]
    folder = write(
        tmp_path / "cut",
        [[propose(task=SEED)], [propose()]],
        [],
        summary_json="{",
        config_yaml="a: [",
        buffer_jsonl="\n".join(whole),
    )
    packed = (folder / "rollouts.jsonl.gz").read_bytes()
    (folder / "rollouts.jsonl.gz").write_bytes(packed[:-9])
    replay = open_replay(folder)
    assert list(replay.tasks) == [SEED.id] and replay.summary == {} == replay.config and 0 in replay.steps
    for name in ("rollouts.jsonl.gz", "buffer.jsonl", "summary.json", "config.yaml"):
        (folder / name).unlink()
    bare = open_replay(folder)
    assert bare.steps == [] and bare.tasks == {} and len(bare.metrics["step"]) == 2
    assert "No proposals are recorded" in proposal_page(bare, 0, 0) and new_tasks(bare) == []


def test_what_is_no_run_is_one_line(tmp_path):
    for path, words in ((tmp_path, "metrics.csv is missing"), (tmp_path / "none", "not a folder")):
        with pytest.raises(RunFolderError, match=words) as caught:
            open_replay(path)
        assert "\n" not in str(caught.value)


# --- pages -----------------------------------------------------------------------------------------------------------
def test_model_text_is_never_markup(replay):
    pages = [
        step_page(replay, 0),
        step_page(replay, 1),
        proposal_page(replay, 0, 1),
        proposal_page(replay, 1, 0),
        descent_page(replay, GRANDCHILD.id),
        answers_page(replay.answers[1, GRANDCHILD.id]),
    ]
    for page in pages:
        assert "<script" not in page and "<i>" not in page
    assert all("&lt;script" in page for page in pages[:4])


def test_a_proposal_shows_everything_about_it(replay):
    page = proposal_page(replay, 0, 0)
    for text in (
        "Step 0, proposal 0 of 2: induction",
        "return a</pre>",
        "because ok",
        "+0.5 (learnability)",
        "+1.25",
        "# hidden from the solver",
        "+1 (correct)",
        "-0.5 (wrong)",
    ):
        assert text in page, text
    assert page.count("# hidden") == 3 and page.count("(correct)") == page.count("(wrong)") == 2
    refused = proposal_page(replay, 0, 1)
    assert "No task came of it" in refused and "because unparsable" in refused and "-1 (format)" in refused
    assert "and 3 more" in proposal_page(replay, 1, 0)


def test_a_number_that_is_too_high_shows_the_last_proposal(replay):
    assert proposal_page(replay, 0, 35) == proposal_page(replay, 0, 1)
    assert "No proposals are recorded at step 9" in proposal_page(replay, 9, 0)


def test_a_task_that_the_buffer_dropped_still_shows_its_answers(replay):
    del replay.tasks[CHILD.id]
    page = proposal_page(replay, 0, 0)
    assert "the buffer did not keep it" in page and page.count("(correct)") == 2


def test_a_step_shows_its_proposals(replay):
    page = step_page(replay, 0)
    assert "Step 0: 2 proposals" in page and page.count("<tr>") == 3 and "–" in page and "0.5" in page
    assert "Step 5: 0 proposals" in step_page(replay, 5)


def test_shown_pairs_mark_what_the_solver_does_not_see():
    lines = shown_pairs(CHILD).splitlines()
    assert len(lines) == 6 and ["hidden" in line for line in lines] == [False] * 3 + [True] * 3
    assert shown_pairs(SEED) == "f(1) => 1"


# --- families --------------------------------------------------------------------------------------------------------
def test_a_line_of_descent_takes_the_oldest_reference(replay):
    assert [task.id for task in line_of_descent(replay, GRANDCHILD.id)] == [GRANDCHILD.id, SEED.id]
    assert [task.id for task in line_of_descent(replay, SEED.id)] == [SEED.id]
    assert ancestors(replay, GRANDCHILD.id) == {GRANDCHILD.id: 0, CHILD.id: 1, SEED.id: 1}
    assert ancestors(replay, GRANDCHILD.id, most=2) == {GRANDCHILD.id: 0, CHILD.id: 1}
    assert ancestors(replay, SEED.id, most=1) == {SEED.id: 0}
    with pytest.raises(KeyError, match="gone"):
        ancestors(replay, "gone")


def grown(replay, count=60, seed=0):
    """A run whose tasks descend from earlier ones at random."""
    rng, tasks = random.Random(seed), [SEED]
    for i in range(count):
        parents = tuple(task.id for task in rng.sample(tasks, min(2, len(tasks))))
        tasks.append(Task("deduction", program_of(i), (("1", str(i)),), parents=parents, step=i))
    replay.tasks = {task.id: task for task in tasks}
    return tasks


def test_ancestors_are_counted_by_the_shortest_way(replay):
    tasks = grown(replay)
    for task in tasks[::7]:
        wanted, edge = {task.id: 0}, [task.id]
        while edge:
            name = edge.pop(0)
            for parent in replay.tasks[name].parents:
                if parent not in wanted:
                    wanted[parent] = wanted[name] + 1
                    edge.append(parent)
        assert ancestors(replay, task.id, most=1000) == wanted
        few = ancestors(replay, task.id, most=9)
        assert len(few) == min(9, len(wanted)) and few.items() <= wanted.items()
        assert max(few.values()) <= min((n for name, n in wanted.items() if name not in few), default=99)


def test_every_line_ends_at_a_task_without_parents(replay):
    tasks = grown(replay)
    depths = lineage_depths(tasks)
    for task in tasks:
        line = line_of_descent(replay, task.id)
        assert line[-1] is SEED and len(line) - 1 <= depths[task.id]
        assert all(parent.id in child.parents for child, parent in zip(line, line[1:], strict=False))


def test_parents_in_a_circle_do_not_go_on_for_ever(replay):
    one = Task("deduction", "a", (("1", "1"),), parents=("b", "a"), id="a")
    replay.tasks = {"a": one, "b": Task("deduction", "b", (("1", "1"),), parents=("a",), id="b")}
    assert [task.id for task in line_of_descent(replay, "a")] == ["a", "b"]
    assert ancestors(replay, "a") == {"a": 0, "b": 1}
    lineage_figure(replay, "a").draw_without_rendering()


def test_the_figure_of_a_family_says_what_it_shows(replay):
    figure = lineage_figure(replay, GRANDCHILD.id)
    (axis,) = figure.axes
    assert "1 generations back to a seed" in axis.get_title("left") and axis.get_xlabel() and axis.get_ylabel()
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["deduction", "other references"]
    assert {text.get_text() for text in axis.texts} >= {"return a"} and len(axis.texts) == 2
    assert to_png(figure).startswith(b"\x89PNG")  # a program with dollar signs is text, no formula
    low, high = axis.get_xlim()
    assert high - max(step for text in axis.texts for step in [text.xy[0]]) > 0.2 * (high - low), "room for a label"
    alone = lineage_figure(replay, SEED.id)
    assert "0 generations" in alone.axes[0].get_title("left") and to_png(alone)


def test_descent_begins_with_the_seed(replay):
    page = descent_page(replay, GRANDCHILD.id)
    assert page.index("return a</pre>") < page.index("&lt;i&gt;1") and page.count("<tr>") == 3


def test_new_tasks_are_the_last_deductions_with_the_longest_lines_first(replay):
    tasks = grown(replay)
    replay.tasks[CHILD.id] = CHILD
    names = new_tasks(replay, 20)
    assert set(names) == {task.id for task in tasks[-20:]}
    generations = [len(line_of_descent(replay, name)) for name in names]
    assert generations == sorted(generations, reverse=True)
    assert new_tasks(replay) == [tasks[-1].id]


# --- the recorded run ------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def healthy():
    if not archive("healthy").is_file():
        pytest.skip("the recorded run healthy is not there yet")
    return open_replay(open_recorded("healthy"))


def milliseconds(view, *arguments) -> float:
    begun = time.perf_counter()
    view(*arguments)
    return 1000 * (time.perf_counter() - begun)


def test_pages_of_the_recorded_run_answer_at_once(healthy):
    assert healthy.steps == list(range(100))
    proposals = [(step, number) for step in healthy.steps for number in (0, 4, 20, 35)]
    assert statistics.median(milliseconds(step_page, healthy, step) for step in healthy.steps) < 100
    assert statistics.median(milliseconds(proposal_page, healthy, *place) for place in proposals) < 100


def test_every_setting_of_the_replay_shows_a_proposal_and_its_answers(healthy):
    for step in healthy.steps:
        assert len(healthy.proposals[step]) == 36
        kinds = [row["type"] for row in healthy.proposals[step]]
        assert kinds == ["deduction"] * 12 + ["abduction"] * 12 + ["induction"] * 12
        for number in range(36):
            page = proposal_page(healthy, step, number)
            assert page.startswith(f"<h4>Step {step}, proposal {number} of 36")
            row = healthy.proposals[step][number]
            assert (row["status"] == "ok") == (row["task"] is not None) == ("No task came of it" not in page)
            if row["task"]:
                assert len(healthy.answers[step, row["task"]]) >= 8


def test_families_of_the_recorded_run_end_at_a_seed(healthy):
    youngest = new_tasks(healthy, 20)[:12]
    assert len(youngest) == 12
    for name in youngest:
        line = line_of_descent(healthy, name)
        assert len(line) > 2 and line[-1].step == -1 and not line[-1].parents
        figure = lineage_figure(healthy, name)
        assert f"{len(line) - 1} generations back" in figure.axes[0].get_title("left")
        figure.draw_without_rendering()
    assert max(lineage_depths(healthy.tasks.values()).values()) == healthy.metrics["lineage/depth"][-1]
