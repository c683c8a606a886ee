"""The switches of the loop, with completions that are written here instead of by a model."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from stand_ins import stand_in_policy

from azr_nb.buffer import Buffer
from azr_nb.config import ConfigError, make_config
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.learning.reuse import credit_lines, hindsight, remember_rare, replay
from azr_nb.selfplay import SeedingError, SelfPlay
from azr_nb.tasks import Rollout, Task

SMALL = dict(
    proposals_per_type=2,
    solve_tasks_per_type=1,
    solve_samples=2,
    solve_rate_samples=2,
    seed_tasks=1,
    references=1,
    task_types=("deduction",),
    advantage="role_type",
)


class Scripted(SelfPlay):
    """Self-play whose completions come from `write(prompt, number)`; it keeps the prompts."""

    def __init__(self, write, **settings) -> None:
        config = make_config("paper", **{**SMALL, **settings})
        tokenizer = lambda text, **options: {"input_ids": list(text)}  # noqa: E731
        tokenizer.eos_token_id = 1
        super().__init__(config, stand_in_policy(tokenizer), PythonPrograms.for_run(config), fast=False)
        self.write, self.prompts, self.temperatures = write, [], []
        self.roles.sample = self.sample

    def sample(self, prompts, n, *purpose, temperature=None):
        self.prompts += prompts
        self.temperatures.append((purpose[0], temperature))
        return [
            [Rollout("", "", p, self.write(p, i * n + k), [3], [4], True) for k in range(n)]
            for i, p in enumerate(prompts)
        ]


@pytest.fixture
def scripted():
    made = []

    def make(write, **settings) -> Scripted:
        made.append(Scripted(write, **settings))
        return made[-1]

    yield make
    for one in made:
        one.environment.close()


def proposed(one, counts):
    rollouts = one.roles.propose(counts, 0)
    one.roles.validate(rollouts, 0)
    return rollouts


def adds(prompt: str, number: int) -> str:
    """Proposes `a + number`, and answers every task with 7, which is right for some."""
    return f"def f(a):\n    return a + {number}\nf(7)" if prompt.startswith("# propose") else "=> 7"


def task(i: int, kind: str = "deduction", step: int = -1) -> Task:
    return Task(kind, f"def f(a):\n    return a * {i}", (("1", str(i)),), step=step)


# --- composites ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body, status",
    [
        ("b = g_0(a)\n    return b + 1", "ok"),
        ("return g_0(a)", "forbidden"),
        ("return a + 1", "forbidden"),
        ("g_0 = 3\n    return g_0", "forbidden"),
    ],
)
def test_composites_call_earlier_programs(scripted, body, status):
    one = scripted(lambda p, i: f"def f(a):\n    {body}\nf({i})", composite_share=1.0, composite_functions=1)
    one.buffer.add(task(2))
    rollouts = proposed(one, {"deduction": 2})
    assert all("# propose deduction with g_0\ndef g_0(a):\n    return a * 2\n" in prompt for prompt in one.prompts)
    assert {r.verdict.status for r in rollouts} == {status}
    if status == "ok":
        made = rollouts[1].task
        assert made.helpers == 1 and made.program.startswith("def g_0(a):") and made.output == "3"
        assert task(2).id in made.parents
        one.buffer.add(made)
        assert [t.helpers for t in one.buffer.helper_pool()] == [0]


def test_degenerate_composites_are_kept_if_asked(scripted):
    one = scripted(
        lambda p, i: f"def f(a):\n    return g_0(a)\nf({i})",
        composite_share=1.0,
        composite_functions=1,
        pass_through="keep",
    )
    one.buffer.add(task(2))
    assert {r.verdict.status for r in proposed(one, {"deduction": 2})} == {"ok"}


def test_the_share_of_composites_grows(scripted):
    one = scripted(adds, composite_share=0.8, composite_from=3, composite_ramp=4)
    assert [round(one.roles.composite_share((step,)), 2) for step in (0, 2, 3, 4, 6, 9)] == [0, 0, 0.2, 0.4, 0.8, 0.8]
    assert one.roles.composite_share(("seed", 3)) == 0


# --- seeding ---------------------------------------------------------------------------------------------------------
def test_seeding_shares_tasks_between_deduction_and_abduction(scripted):
    one = scripted(adds, task_types=("deduction", "abduction"), seed_tasks=5, shared_seeds=True)
    one.seed()
    programs = [{t.program for t in one.buffer.of_type(kind)} for kind in ("deduction", "abduction")]
    assert programs[0] == programs[1] and len(programs[0]) == 5
    assert {t.step for t in one.buffer.all()} == {-1}


def test_seeding_that_is_stuck_says_why(scripted):
    one = scripted(lambda p, i: "def f(a):\n    return 1 / 0\nf(1)", seed_tasks=4)
    with pytest.raises(SeedingError, match=r"1 deduction of 4 tasks: five rounds .* \(of \d+ prop.* error"):
        one.seed()


# --- which rollouts are trained, and which tasks are kept ------------------------------------------------------------
def test_a_proposer_that_is_not_trained_proposes_still(scripted):
    one = scripted(adds, train_propose=False)
    one.seed()
    trace = one.step(train=False)
    assert trace.of("propose") and not any(r.trained for r in trace.of("propose"))
    assert any(r.trained for r in trace.of("solve"))


def test_solver_only_steps_propose_nothing(scripted):
    one = scripted(adds, solver_only_steps=1)
    one.seed()
    assert not one.step(train=False).of("propose")
    one.step_number = 1
    assert one.step(train=False).of("propose")


@pytest.mark.parametrize("keep, outputs", [("all", {"7", "8"}), ("non_one", {"8"}), ("non_extremes", set())])
def test_the_validity_filter_looks_at_solve_rates(scripted, keep, outputs):
    one = scripted(adds, validity_filter=keep, new_tasks="this_step")
    one.buffer.add(task(9))
    # proposes a + 0 and a + 1 of 7; the answer 7 is always right for the first, never for the second
    one.step(train=False)
    assert {t.output for t in one.buffer.of_type("deduction") if t.step == 0} == outputs


def test_solve_rates_have_a_temperature_of_their_own(scripted):
    one = scripted(adds, solve_rate_temperature=0.5)
    one.buffer.add(task(9))
    one.step(train=False)
    assert one.temperatures == [("propose", None), ("solve", 0.5), ("solve", None)]


def test_samples_in_two_stages(scripted):
    """Of eight answers two come first; the other six only where one of the two was right."""
    write = lambda prompt, number: "=> 3" if number % 2 == 0 else "=> 5"  # noqa: E731
    one = scripted(write, first_samples=2, solve_samples=8, solve_rate_samples=8)
    clear, open_ = task(4), task(3)  # never right, and right every second time
    groups = one._solve([clear, open_], 8, 0)
    assert [len(group) for group in groups] == [2, 8]
    assert [{r.solve_rate for r in group} for group in groups] == [{0.0}, {0.5}]
    assert all(r.task is open_ and r.role == "solve" for r in groups[1])
    assert len(one.prompts) == 3 and [purpose for purpose, _ in one.temperatures] == ["solve", "solve"]
    for first in (1, 8):
        with pytest.raises(ConfigError, match=f"first_samples {first} must be at least 2"):
            make_config("classroom", first_samples=first)


def test_a_wrong_answer_is_right_for_another_task(scripted):
    """A wrong input is right for its own output, a wrong program for its own pairs, and what cannot run for nothing."""
    said = {"deduction": "=> 5", "abduction": "=> 4", "induction": "def f(a):\n    return a + 2"}
    write = lambda prompt, number: said[prompt.split(None, 3)[2]] if number else "=> x["  # noqa: E731
    one = scripted(write, task_types=tuple(said), hindsight_share=1.0, hindsight_weight=0.25, num_inputs=4)
    pairs = tuple((str(i), str(3 * i)) for i in range(4))
    program = "def f(a):\n    return a * 3"
    asked = [Task("deduction", program, pairs[1:2]), Task("abduction", program, pairs[1:2])]
    asked.append(Task("induction", program, pairs, visible=2))
    rollouts = [r for group in one.roles.solve(asked, 2, 0) for r in group]
    assert not any(r.verdict.ok for r in rollouts)
    made = hindsight(one.roles, rollouts, random.Random(0))
    assert {(r.type, r.advantage, r.trained) for r in made} == {("abduction", 0.25, True), ("induction", 0.25, True)}
    verdicts = one.environment.check([r.task for r in made], [r.answer for r in made])
    assert all(verdict.ok for verdict in verdicts)
    for r in made:
        assert r.prompt == one.roles.prompt_format.solve_prompt(r.task) and "12" in r.prompt or r.type == "induction"
    one.roles.config = one.config.model_copy(update={"hindsight_share": 0.2})
    assert len(hindsight(one.roles, rollouts, random.Random(0))) == 1  # of six answers
    one.roles.config = one.config.model_copy(update={"hindsight_share": 0.0})
    assert hindsight(one.roles, rollouts, random.Random(0)) == []


def test_the_executor_answers_in_place_of_a_wrong_deduction(scripted):
    one = scripted(lambda p, i: "=> 5", hindsight_share=1.0, hindsight_outputs=True)
    asked = Task("deduction", "def f(a):\n    b = a * 3\n    return b", (("2", "6"),))
    rollouts = one.roles.solve([asked], 2, 0)[0]
    made = hindsight(one.roles, rollouts, random.Random(0))
    assert {(r.completion, r.task, r.advantage) for r in made} == {("b = 6\n=> 6", asked, 0.5)} and len(made) == 2


def test_right_answers_to_rarely_solved_tasks_are_replayed(scripted):
    """One right answer in eight is kept, one in two is not; a task that leaves the buffer takes its answer along."""
    rates = {"* 3": 8, "* 4": 2}
    write = lambda p, i: f"=> {p[p.index('*') + 2]}" if i % rates[p[p.index("*") :][:3]] == 0 else "=> 9"  # noqa: E731
    one = scripted(write, replay_share=0.5, replay_weight=0.75)
    rare, usual = task(3), task(4)
    groups = [one.roles.solve([asked], 8, 0)[0] for asked in (rare, usual)]
    one.buffer.add(rare), one.buffer.add(usual)
    remember_rare(one.buffer, groups)
    assert one.buffer.rare == {rare.id: "=> 3"}
    made = replay(one.roles, groups[0], random.Random(0))
    assert [(r.task, r.completion, r.advantage, r.trained) for r in made] == [(rare, "=> 3", 0.75, True)]
    one.buffer.drop, one.buffer.capacity = "oldest", 2
    one.buffer.add(task(5))
    assert one.buffer.rare == {} and replay(one.roles, groups[0], random.Random(0)) == []


def test_right_lines_of_a_wrong_answer_are_not_punished(scripted):
    """The right answer is `b = 6, b = 7, => 7`; what was written keeps to it for two lines, or leaves it at once."""
    written = ["b = 6\nb = 7\n=> 9", "b = 5\n=> 9"]
    one = scripted(lambda p, i: written[i], scratchpad_credit=True)
    asked = Task("deduction", "def f(a):\n    b = a * 3\n    b += 1\n    return b", (("2", "7"),))
    rollouts = one.roles.solve([asked], 2, 0)[0]
    for rollout in rollouts:
        rollout.completion_ids, rollout.advantage = list(rollout.completion), -0.5
    rollouts.append(replace(rollouts[0], advantage=0.5))
    credit_lines(one.roles, rollouts)
    assert [r.completion[r.credit_from :] for r in rollouts] == ["9", "5\n=> 9", written[0]]


@pytest.mark.parametrize(
    "duplicates, statuses", [("keep", ["ok", "ok"]), ("program", ["ok", "repeat"]), ("renamed", ["repeat", "repeat"])]
)
def test_duplicates(scripted, duplicates, statuses):
    one = scripted(lambda p, i: f"def f(b):\n    return b * 2\nf({i})", duplicates=duplicates)
    one.buffer.add(task(2))
    assert [r.verdict.status for r in proposed(one, {"deduction": 2})] == statuses


def test_error_tasks_run_through_the_loop(scripted):
    def write(prompt, number):
        if prompt.startswith("# propose error"):
            return f"def f(a):\n    return 1 // a\nf({number})"
        return "=> ZeroDivisionError"

    one = scripted(write, task_types=("error",))
    one.seed()
    trace = one.step(train=False)
    assert {r.task.output for r in trace.of("propose") if r.task} == {"ZeroDivisionError", "NoError"}
    rates = {r.task.output: r.solve_rate for r in trace.of("propose") if r.task}
    assert rates == {"ZeroDivisionError": 1.0, "NoError": 0.0}
    assert any(prompt.startswith("# solve error\ndef f(a):") for prompt in one.prompts)


@pytest.mark.parametrize(
    "settings, program, kept",
    [
        ({"remove_comments": True}, "def f(a):\n    'doc'\n    # note\n    return a", "def f(a):\n    return a"),
        ({"remove_comments": False}, "def f(a):\n    # note\n    return a", "def f(a):\n    # note\n    return a"),
        ({"remove_prints": True}, "def f(a):\n    print(a)\n    return a", "def f(a):\n    return a"),
        ({"remove_globals": True}, "b = 3\ndef f(a):\n    return a", "def f(a):\n    return a"),
        ({}, "b = 3\ndef f(a):\n    return a", None),
    ],
)
def test_programs_are_cleaned(scripted, settings, program, kept):
    one = scripted(lambda p, i: f"{program}\nf({i})", **settings)
    one.buffer.add(task(2))
    made = proposed(one, {"deduction": 1})[0].task
    assert (made.program if made else None) == kept


def test_prompts_that_are_too_long(scripted):
    one = scripted(adds, references=6, max_prompt_tokens=100)
    for i in range(6):
        one.buffer.add(task(i))
    proposed(one, {"deduction": 1})
    assert 1 <= one.prompts[0].count("def f(a)") < 6 and len(one.prompts[0]) <= 100
    long = scripted(lambda p, i: f"def f(a):\n    return a + {'1' * 60}\nf({i})", max_prompt_tokens=60)
    long.buffer.add(task(1))
    assert {r.verdict.status for r in proposed(long, {"deduction": 2})} == {"too_big"}


# --- the solver's batch and references -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "mix, fresh_share",
    [("max_new", 1.0), ("half_new", 0.5), ("uniform_total", 0.25), ("step", 0.4), ("learnable", 1.0)],
)
def test_solver_mixes(mix, fresh_share):
    buffer, rng = Buffer(), random.Random(0)
    for i in range(12):
        buffer.add(task(i, step=0))
    fresh = [task(100 + i, step=1) for i in range(4)]  # a quarter of all tasks; twice the weight by step
    counts = [sum(t.step for t in buffer.solver_batch("deduction", 4, fresh, rng, mix)) / 4 for _ in range(400)]
    assert sum(counts) / 400 == pytest.approx(fresh_share, abs=0.05)


def test_recent_references_are_drawn_more_often():
    buffer, rng = Buffer(), random.Random(0)
    for i in range(4):
        buffer.add(task(i, step=i))
    drawn = [buffer.references("deduction", 1, rng, "recency")[0].step for _ in range(4000)]
    assert [drawn.count(step) / 4000 for step in range(4)] == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.03)
    assert len({t.id for t in buffer.references("deduction", 3, rng, "recency")}) == 3
    assert buffer.references("induction", 1, rng, "recency")[0].type == "deduction"


@pytest.mark.parametrize("drop, kept", [("newest", [0, 1, 2]), ("oldest", [2, 3, 4])])
def test_full_buffers_drop_what_they_are_told_to(drop, kept):
    buffer = Buffer(3, drop)
    for i in range(5):
        assert buffer.add(task(i)) == (i < 3 or drop == "oldest")
    assert [t.id for t in buffer.of_type("deduction")] == [task(i).id for i in kept] and len(buffer) == 3
    assert [buffer.knows(task(i)) for i in range(5)] == [i in kept for i in range(5)]
    assert buffer.get(task(0).id) == (task(0) if 0 in kept else None)


def test_visible_inputs(scripted):
    lines = "\n".join(f"f({i})" for i in range(6)) + "\n# *"
    one = scripted(lambda p, i: lines, task_types=("deduction", "induction"), visible_inputs=4)
    one.buffer.add(task(2))
    made = proposed(one, {"induction": 1})[0].task
    assert made.visible == 4 and len(made.hidden) == 2
