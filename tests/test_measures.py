"""Instruments against counting by hand, enumeration of outcomes and exact expectations."""

from __future__ import annotations

import itertools
import math
import random
import time
from dataclasses import replace
from fractions import Fraction

import pytest
from stand_ins import program_of, seeded_buffer, step_of, task_of

from azr_nb.buffer import Buffer
from azr_nb.config import make_config
from azr_nb.environments import PythonPrograms, Things
from azr_nb.environments.things.grammar import path_task
from azr_nb.evaluation import measures
from azr_nb.evaluation.metrics import step_metrics
from azr_nb.programs import source as programs
from azr_nb.tasks import Proposal, Rollout, Task, Verdict

N = 8
CONFIG = make_config("classroom")
ENVIRONMENT = PythonPrograms()


# --- solve rates -----------------------------------------------------------------------------------------------------
def test_counts_of_every_rate():
    rates = [k / N for k in range(N + 1) for _ in range(k + 1)]
    assert measures.solve_rate_counts(rates, N) == list(range(1, N + 2))
    assert measures.solve_rate_counts([], 2) == [0, 0, 0]


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_binomial_counts_by_enumerating_outcomes(rate):
    n, tasks = 5, 12
    shares = [0.0] * (n + 1)
    for hits in itertools.product((0, 1), repeat=n):
        shares[sum(hits)] += math.prod(rate if hit else 1 - rate for hit in hits)
    for (count, error), share in zip(measures.binomial_counts(rate, n, tasks), shares, strict=True):
        assert count == pytest.approx(tasks * share)
        assert error == pytest.approx(math.sqrt(tasks * share * (1 - share)), abs=1e-7)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_variance_parts_are_unbiased_over_all_outcomes_of_two_tasks(n):
    """Two tasks drawn alike from true rates 1/4 and 3/4: every outcome, weighed by its exact chance."""
    truths, total = (Fraction(1, 4), Fraction(3, 4)), [Fraction(0)] * 3
    chance = {
        k: sum(Fraction(1, 2) * math.comb(n, k) * p**k * (1 - p) ** (n - k) for p in truths) for k in range(n + 1)
    }
    assert sum(chance.values()) == 1
    for a, b in itertools.product(chance, repeat=2):
        parts = measures.variance_parts([a / n, b / n], n)
        total = [t + chance[a] * chance[b] * Fraction(v) for t, v in zip(total, parts, strict=True)]
    noise = Fraction(3, 16) / n  # E[p (1 - p)] / n
    true = Fraction(1, 16)  # Var(p)
    assert [float(t) for t in total] == pytest.approx([float(noise + true), float(noise), float(true)])


def test_variance_parts_without_anything_to_measure():
    for rates, n in (([], 8), ([0.5], 8), ([0.0, 1.0], 1)):
        assert all(map(math.isnan, measures.variance_parts(rates, n)))


@pytest.mark.parametrize("n, correct, k", [(n, c, k) for n in (1, 4, 7) for c in range(n + 1) for k in range(1, n + 1)])
def test_pass_at_k_is_the_share_of_subsets_with_a_right_answer(n, correct, k):
    subsets = list(itertools.combinations([1] * correct + [0] * (n - correct), k))
    assert measures.pass_at_k(n, correct, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


@pytest.mark.parametrize("rate", [Fraction(0), Fraction(1, 5), Fraction(2, 3), Fraction(1)])
def test_pass_at_k_is_unbiased(rate):
    n = 6
    for k in range(1, n + 1):
        expected = sum(
            math.comb(n, c) * rate**c * (1 - rate) ** (n - c) * Fraction(measures.pass_at_k(n, c, k))
            for c in range(n + 1)
        )
        assert float(expected) == pytest.approx(float(1 - (1 - rate) ** k))


@pytest.mark.parametrize("n, correct, k", [(4, 5, 1), (4, -1, 1), (4, 2, 0), (4, 2, 5)])
def test_pass_at_k_refuses_what_cannot_be(n, correct, k):
    with pytest.raises(ValueError, match=f"pass@{k}"):
        measures.pass_at_k(n, correct, k)


# --- programs -------------------------------------------------------------------------------------------------------
def test_mean_distance_takes_evenly_from_many():
    assert math.isnan(measures.mean_distance(["a"], lambda a, b: 1.0))
    calls = []
    assert measures.mean_distance([str(i) for i in range(30)], lambda a, b: calls.append((a, b)) or 2.0, most=8) == 2.0
    assert len(calls) == 28 and {"0", "28"} <= {name for pair in calls for name in pair}


def test_near_duplicates_count_known_and_earlier_ones():
    renamed = str.lower
    assert measures.near_duplicates(["A", "b", "B", "c"], ["a"], renamed) == 0.5
    assert math.isnan(measures.near_duplicates([], ["a"], renamed))


# --- tasks -----------------------------------------------------------------------------------------------------------
def chain(size: int) -> list[Task]:
    tasks = [task_of("deduction", 0)]
    for number in range(1, size):
        tasks.append(task_of("deduction", number, (tasks[0].id, tasks[-1].id), number))
    return tasks


@pytest.mark.parametrize("order", ["as made", "backwards", "shuffled"])
def test_lineage_is_the_longest_chain_in_any_order(order):
    tasks = chain(2000)  # deeper than Python's recursion goes
    names = [task.id for task in tasks]
    if order != "as made":
        tasks = tasks[::-1]
    if order == "shuffled":
        random.Random(0).shuffle(tasks)
    assert measures.lineage_depths(tasks) == {name: depth for depth, name in enumerate(names)}


def test_lineage_ends_at_parents_that_are_gone():
    tasks = chain(10)
    assert max(measures.lineage_depths(tasks[4:]).values()) == 5
    assert measures.lineage_depths([]) == {}


def test_lineage_of_a_ring_ends():
    one = Task("deduction", "p", (("1", "1"),), parents=("y",), id="x")
    other = Task("deduction", "q", (("1", "1"),), parents=("x",), id="y")
    assert max(measures.lineage_depths([one, other]).values()) == 1


# --- the row ---------------------------------------------------------------------------------------------------------
def row_of(step=3, config=CONFIG, buffer=None, **changes):
    buffer = buffer or seeded_buffer(20)
    rollouts, groups, recent = step_of(config, step, buffer)
    return (
        measures.instrument_row(step, ENVIRONMENT, config.solve_rate_samples, rollouts, groups, buffer),
        rollouts,
        groups,
        recent,
    )


def test_the_row_of_a_step():
    row, rollouts, groups, _ = row_of()
    assert sum(row[f"solve_rate_tasks/{k}_of_8"] for k in range(9)) == len(groups) == 27
    noise, true = row["solve_rate_variance_noise"], row["solve_rate_variance_true"]
    assert row["solve_rate_variance"] == pytest.approx(noise + true)
    assert row["programs/nodes"] == programs.nodes(program_of(1))
    assert row["programs/depth"] == programs.depth(program_of(1))
    assert row["programs/distinct"] == 0.5  # deduction and abduction propose the same programs
    assert row["programs/length_ratio"] == pytest.approx(row["programs/characters"] / len(program_of(1)), rel=0.02)
    assert row["solver_batch/age"] == row["solver_batch/age_max"] == 4  # tasks of seeding, in step 3
    assert row["lineage/depth"] == row["lineage/depth_new"] == 1


def test_the_solver_s_batch_does_not_count_solve_rate_samples():
    buffer = seeded_buffer(20)
    buffer.add(task_of("deduction", 500, step=1))
    rollouts, groups, _ = step_of(CONFIG, 3, buffer)
    batch = [r for r in rollouts if r.role == "solve"][sum(map(len, groups)) :]
    batch[0].task = buffer.of_type("deduction")[20]
    row = measures.instrument_row(3, ENVIRONMENT, 8, rollouts, groups, buffer)
    assert row["solver_batch/age_max"] == 4 and row["solver_batch/age"] == pytest.approx((24 * 4 + 2) / 25)


def test_near_duplicates_of_the_buffer_from_before_this_step():
    buffer = seeded_buffer(20)
    rollouts, groups, _ = step_of(CONFIG, 3, buffer)
    row = measures.instrument_row(3, ENVIRONMENT, 8, rollouts, groups, buffer)
    assert row["programs/near_duplicates"] == 0.5  # none is known, but each abduction program repeats a deduction's
    first = next(r for r in rollouts if r.role == "propose")
    # the first two are a known program under other names now, and so are no longer each other's only double
    first.task = replace(first.task, program=program_of(7, "z"))
    row = measures.instrument_row(3, ENVIRONMENT, 8, rollouts, groups, buffer)
    assert row["programs/near_duplicates"] == pytest.approx(9 / 18)


def test_a_step_with_nothing_in_it_has_the_same_columns():
    row, *_ = row_of()
    empty = measures.instrument_row(0, ENVIRONMENT, 8, [], [], seeded_buffer(0))
    assert list(empty) == list(row)
    assert all(math.isnan(value) or value == 0 for value in empty.values())


def test_an_environment_has_measures_of_its_own():
    buffer = Buffer(100)
    buffer.add(path_task("@0:22", "n"))
    rollouts = [Rollout("propose", "deduction", "", "", task=path_task("@0:22", path)) for path in ("ne", "nees")]
    for rollout in rollouts:
        rollout.verdict = Verdict("ok")
        rollout.proposal = Proposal("deduction", rollout.task.program, (rollout.task.input,))
    row = measures.instrument_row(3, Things(), 8, rollouts, [], buffer)
    assert row["programs/steps"] == 3 and "programs/nodes" not in row
    assert row["programs/near_duplicates"] == 0 and row["programs/distinct"] == 1


@pytest.mark.parametrize(
    "row, words",
    [
        ({"distinct_programs": 0.49, "dead_share": 0.1}, "distinct_programs 0.49 is below 0.5"),
        ({"dead_share": 0.81}, "dead_share 0.81 is above 0.8"),
        ({"programs/length_ratio": 0.4}, "programs/length_ratio 0.40 is below 0.5"),
        ({"distinct_programs": 0.5, "dead_share": 0.8, "programs/length_ratio": 0.5}, ""),
        ({"distinct_programs": math.nan}, ""),
        ({}, ""),
    ],
)
def test_collapse_by_its_thresholds(row, words):
    reason = measures.collapse_reason(row)
    assert reason.startswith(words) and bool(reason) == bool(words)


def test_collapse_is_a_column():
    buffer = seeded_buffer(20)
    rollouts, groups, recent = step_of(CONFIG, 3, buffer)
    row = step_metrics(
        3, ENVIRONMENT, CONFIG, rollouts, groups, buffer, recent + [program_of(10_000 + i) for i in range(40)], {}
    )
    assert row["collapse"] == 0
    assert step_metrics(3, ENVIRONMENT, CONFIG, rollouts, groups, buffer, ["p"] * 9, {})["collapse"] == 1


def test_all_instruments_cost_little():
    """A step of 36 proposals and 600 rollouts with 3,000 tasks in the buffer takes about 3 seconds."""
    buffer = seeded_buffer(1000)
    rollouts, groups, _ = step_of(CONFIG, 3, buffer)
    measures.instrument_row(3, ENVIRONMENT, 8, rollouts, groups, buffer)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        measures.instrument_row(3, ENVIRONMENT, 8, rollouts, groups, buffer)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.15, f"{min(times):.3f} s"
