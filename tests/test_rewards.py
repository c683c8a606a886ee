"""Rewards against the paper's formulas, their registry, plugins, and what becomes of broken ones."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins import stand_in_policy

from azr_nb.config import load_config, make_config
from azr_nb.environments import PythonPrograms
from azr_nb.programs.source import tree_distance
from azr_nb.rewards import (
    AnswerHistory,
    RewardError,
    RewardRecord,
    check_rewards,
    get_reward,
    intrinsic_term,
    inverse,
    learnability,
    load_plugin,
    proposer_reward,
    registered,
    reward_parts,
    solver_reward,
    uncertainty,
    variance,
)
from azr_nb.rewards import registry as registry_module
from azr_nb.rewards.assign import combine, intrinsic_parts
from azr_nb.selfplay import SelfPlay
from azr_nb.tasks import ALL_TASK_TYPES, STATUSES, Proposal, Rollout, Task, Verdict

ENVIRONMENT = PythonPrograms()
PROGRAM = "def f(a):\n    for i in a:\n        if i > 2:\n            a = a[1:]\n    return a"
OTHER = Task("deduction", "def f(a):\n    return a", (("1", "1"),))
RULES = ("sum", "multiply", "sum_multiply", "multiply_sum")


def config(**settings):
    return make_config("paper", **settings)


def record(role="propose", type="deduction", status="ok", rate=0.25, share=None, **values):
    settings = values.pop("config", None) or config()
    values = {"program": PROGRAM, "pairs": (("[3]", "[]"),), **values}
    rate = rate if role == "solve" or status == "ok" else None
    return RewardRecord(role, type, Verdict(status, "", share), rate, config=settings, **values)


@pytest.fixture()
def registry(monkeypatch):
    """Rewards that a test registers are gone after it."""
    monkeypatch.setattr(registry_module, "_REWARDS", dict(registry_module._REWARDS))


# --- the formulas ----------------------------------------------------------------------------------------------------
def test_learnability_is_equation_4_for_every_outcome_of_8_samples():
    values = {solved: learnability(solved / 8) for solved in range(9)}
    assert values[0] == 0 and values[8] == 0
    assert all(values[k] == 1 - k / 8 for k in range(1, 8))
    assert max(values, key=values.get) == 1


@pytest.mark.parametrize("extreme", [0.0, -0.5])
@pytest.mark.parametrize("p", [0.0, 0.02, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("n", [1, 2, 8])
def test_expected_learnability_by_enumerating_all_outcomes(p, n, extreme):
    by_outcomes = math.fsum(
        math.prod(p if hit else 1 - p for hit in hits) * learnability(sum(hits) / n, extreme)
        for hits in itertools.product((0, 1), repeat=n)
    )
    # E[1 - k/n] without the end k = 0 (which would count 1), plus what both ends are paid
    expected = (1 - p) - (1 - p) ** n + extreme * ((1 - p) ** n + p**n)
    assert by_outcomes == pytest.approx(expected, abs=1e-12)


def test_other_shapes():
    assert [inverse(p) for p in (0, 0.25, 1)] == [1, 0.75, 0]
    assert [variance(p) for p in (0, 0.5, 1)] == [0, 0.25, 0]
    assert [uncertainty(p) for p in (0, 0.25, 0.5, 1)] == [0, 0.5, 1, 0]


@pytest.mark.parametrize("name", ["learnability", "inverse", "variance", "uncertainty"])
@pytest.mark.parametrize("rate", [k / 8 for k in range(9)])
def test_proposer_rewards_pay_their_shape(name, rate):
    shape = {"learnability": learnability, "inverse": inverse, "variance": variance, "uncertainty": uncertainty}[name]
    assert reward_parts(record(rate=rate, config=config(proposer_reward=name))) == {name: shape(rate)}


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_paid_as_the_paper_says(status):
    solver = sum(reward_parts(record("solve", status=status)).values())
    assert solver == {"ok": 1.0, "unparsable": -1.0}.get(status, -0.5)
    proposer = reward_parts(record(status=status))
    assert proposer == {"ok": {"learnability": 0.75}, "repeat": {"repeat": -0.5}}.get(status, {"format": -1.0})


def test_the_released_code_turns_both_ends_into_a_penalty():
    released = make_config("released_code")
    for rate in (0.0, 1.0):
        assert reward_parts(record(rate=rate, config=released)) == {"learnability": -0.5}
        assert reward_parts(record(rate=rate)) == {"learnability": 0.0}
    assert reward_parts(record(rate=0.125, config=released)) == {"learnability": 0.875}


def test_penalties_are_settings():
    other = config(format_penalty=-3, wrong_penalty=-0.25, repeat_reward=0.5, extreme_reward=-0.75)
    assert reward_parts(record(status="error", config=other)) == {"format": -3}
    assert reward_parts(record(status="repeat", config=other)) == {"repeat": 0.5}
    assert reward_parts(record(rate=1.0, config=other)) == {"learnability": -0.75}
    assert reward_parts(record("solve", status="timeout", config=other)) == {"wrong": -0.25}
    assert reward_parts(record("solve", status="unparsable", config=other)) == {"format": -3}


def test_an_invalid_proposal_has_a_reward_of_its_own_if_asked():
    other = config(invalid_reward=-0.25)
    assert reward_parts(record(status="error", config=other)) == {"format": -0.25}
    assert reward_parts(record(status="repeat", config=other)) == {"repeat": -0.5}
    assert reward_parts(record("solve", status="unparsable", config=other)) == {"format": -1.0}


@pytest.mark.parametrize(
    "status, share, paid",
    [
        ("ok", 1.0, (1.0, 1.0, 1.0)),
        ("ok", None, (1.0, 1.0, 1.0)),
        ("wrong", 0.75, (-0.5, 0.75, 1.0)),
        ("wrong", 0.0, (-0.5, -0.5, -0.5)),
        ("wrong", None, (-0.5, -0.5, -0.5)),
        ("error", None, (-0.5, -0.5, -0.5)),
        ("unparsable", None, (-1.0, -1.0, -1.0)),
    ],
)
def test_solver_rewards_by_share_of_pairs(status, share, paid):
    for name, value in zip(("binary", "accuracy", "one_correct"), paid, strict=True):
        one = record("solve", "induction", status, share=share, config=config(solver_reward=name))
        assert sum(reward_parts(one).values()) == value


def test_random_rewards_ignore_the_verdict_and_are_the_same_again():
    both = config(proposer_reward="random", solver_reward="random")
    rows = [
        record(role, status=status, index=i, step=3, config=both)
        for i, (role, status) in enumerate(itertools.product(["propose", "solve"], STATUSES * 20))
    ]
    paid = [reward_parts(row) for row in rows]
    assert paid == [reward_parts(row) for row in rows]
    values = [parts["random"] for parts in paid]
    assert set(values) == {-0.5, 1.0} and 0.4 < values.count(1.0) / len(values) < 0.6
    right = [v for v, row in zip(values, rows, strict=True) if row.verdict.ok]
    assert set(right) == {-0.5, 1.0}, "a right answer may be paid the penalty"
    assert len({record(index=i, config=both).rng().random() for i in range(50)}) == 50


# --- intrinsic terms -------------------------------------------------------------------------------------------------
def test_values_of_the_terms_about_programs():
    weights = {"complexity": 1.0, "halstead": 1.0, "edit_distance": 1.0}
    found = intrinsic_parts(record(references=(OTHER, OTHER), config=config(intrinsic=weights)))
    assert found["complexity"] == 3 / 15  # 1 for the loop, 2 for the branch inside it
    assert 0.3 * 0.3 < found["halstead"] < 0.3, "cyclomatic complexity 3, and a little volume and effort"
    assert found["edit_distance"] == pytest.approx(tree_distance(PROGRAM, OTHER.program)) and found["edit_distance"] > 0


def test_terms_that_do_not_apply_are_left_out():
    weights = {"complexity": 1.0, "halstead": 1.0, "edit_distance": 1.0, "answer_diversity": 1.0}
    assert set(intrinsic_parts(record(type="induction", config=config(intrinsic=weights)))) == {"answer_diversity"}
    assert "edit_distance" not in intrinsic_parts(record(config=config(intrinsic=weights)))


def test_answer_diversity_is_one_minus_the_share_of_the_asked_text():
    tasks = [Task("deduction", PROGRAM, pairs) for pairs in ((("1", "'a'"),), (("2", "'a'"),), (("3", "7"),))]
    tasks.append(Task("error", PROGRAM, (("4", "ValueError"),)))
    history = AnswerHistory(tasks, ENVIRONMENT.value_type)
    weights = config(intrinsic={"answer_diversity": 1.0, "answer_diversity_types": 1.0})

    def values(kind, *pairs):
        return intrinsic_parts(record(type=kind, pairs=pairs, history=history, config=weights))

    deduction = values("deduction", ("9", "'a'"))
    assert deduction["answer_diversity"] == pytest.approx(1 - 2 / 3)
    assert deduction["answer_diversity_types"] == pytest.approx(((1 - 2 / 3) + (1 - 2 / 2)) / 2)
    assert values("deduction", ("9", "8"))["answer_diversity_types"] == pytest.approx((1 - 1 / 3 + 1) / 2)
    assert values("abduction", ("1", "'a'"))["answer_diversity"] == pytest.approx(1 - 1 / 4)
    assert values("error", ("1", "ValueError"))["answer_diversity"] == 0
    assert values("error", ("1", "KeyError"))["answer_diversity"] == 1
    induction = values("induction", ("1", "'a'"), ("8", "[]"))["answer_diversity"]
    assert induction == pytest.approx(((1 - 1 / 4) + 1 + (1 - 2 / 3) + 1) / 4)


def test_history_is_empty_at_first_and_grows():
    history = AnswerHistory()
    assert history.probability("1") == history.type_probability("1") == history.value_probability("1") == 0
    history.add(OTHER)
    assert history.total() == history.total("input") == 1
    assert history.probability("1") == history.probability("1", "input") == 1


@pytest.mark.parametrize(
    "text, part, name",
    [
        ("1", "output", "int"),
        ("'a'", "input", "str"),
        ("1, 2", "input", "tuple"),
        ("a=1", "input", "tuple"),
        ("", "input", "tuple"),
        ("__import__('os')", "output", "other"),
        ("ValueError", "error", "error"),
        ("\0", "output", "other"),
        ("(" * 900, "input", "other"),
    ],
)
def test_type_names_of_any_text(text, part, name):
    assert ENVIRONMENT.value_type(text, part) == name


@given(st.lists(st.tuples(st.sampled_from(["1", "'a'", "[1]", "2.5", "boom("]), st.sampled_from(["0", "''", "None"]))))
def test_probabilities_of_a_history_sum_to_one(pairs):
    history = AnswerHistory([Task("abduction", PROGRAM, (pair,)) for pair in pairs], ENVIRONMENT.value_type)
    for part, texts in (("input", {i for i, _ in pairs}), ("output", {o for _, o in pairs})):
        total = math.fsum(history.probability(text, part) for text in texts)
        assert total == pytest.approx(1 if pairs else 0)
        for text in texts:
            both = history.type_probability(text, part) * history.value_probability(text, part)
            assert both == pytest.approx(history.probability(text, part))


def test_a_term_adds_at_most_the_limit_and_nothing_to_what_is_not_above_zero():
    settings = config(intrinsic={"complexity": 100.0}, intrinsic_limit=0.5)
    assert reward_parts(record(config=settings)) == {"learnability": 0.75, "complexity": 0.5}
    assert reward_parts(record(rate=1.0, config=settings)) == {"learnability": 0.0}
    assert reward_parts(record(status="error", config=settings)) == {"format": -1.0}
    assert intrinsic_parts(record(config=config(intrinsic={"complexity": -1.0}))) == {"complexity": -0.2}


FINITE = st.floats(-5, 5, allow_nan=False)


@given(st.dictionaries(st.sampled_from("rst"), FINITE, min_size=1), st.dictionaries(st.sampled_from("abcr"), FINITE))
def test_combinations_follow_equations_11_to_14(parts, terms):
    r = sum(parts.values())
    direct = {
        "sum": r + math.fsum(terms.values()),
        "multiply": r * math.prod(terms.values()),
        "sum_multiply": r + math.prod(terms.values()),
        "multiply_sum": r * math.fsum(terms.values()),
    }
    for rule in RULES:
        joined = combine(parts, "r", terms, rule)
        assert sum(joined.values()) == pytest.approx(direct[rule] if terms and r > 0 else r, abs=1e-9)


def test_names_of_combined_parts():
    parts, terms = {"learnability": 0.5}, {"x": 0.5, "y": 0.25}
    assert combine(parts, "learnability", terms, "sum") == {"learnability": 0.5, "x": 0.5, "y": 0.25}
    assert combine(parts, "learnability", terms, "multiply") == {"learnability*x*y": 0.0625}
    assert combine(parts, "learnability", terms, "sum_multiply") == {"learnability": 0.5, "x*y": 0.125}
    assert combine(parts, "learnability", terms, "multiply_sum") == {"learnability*x": 0.25, "learnability*y": 0.125}


TEXT = st.one_of(st.sampled_from([PROGRAM, "", "def f(", "\0", "\ud800", "((((", "def f(a):\n return a"]), st.text())
RECORDS = st.builds(
    record,
    role=st.sampled_from(["propose", "solve"]),
    type=st.sampled_from(ALL_TASK_TYPES),
    status=st.sampled_from(STATUSES),
    rate=st.integers(0, 8).map(lambda k: k / 8),
    share=st.one_of(st.none(), st.floats(0, 1)),
    program=TEXT,
    completion=TEXT,
    message=TEXT,
    pairs=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    references=st.lists(
        st.builds(Task, st.just("deduction"), TEXT.filter(lambda t: t.isascii()), st.just((("1", "1"),))), max_size=2
    ).map(tuple),
    config=st.builds(
        config,
        proposer_reward=st.sampled_from([r.name for r in registered("proposer")]),
        solver_reward=st.sampled_from([r.name for r in registered("solver")]),
        intrinsic=st.dictionaries(st.sampled_from([r.name for r in registered("intrinsic")]), FINITE),
        intrinsic_combine=st.sampled_from(RULES),
    ),
)


@given(RECORDS)
def test_any_record_has_finite_named_parts(one):
    parts = reward_parts(one)
    assert parts and all(isinstance(name, str) and math.isfinite(value) for name, value in parts.items())
    assert parts == reward_parts(one)


@pytest.mark.parametrize("ok", [True, False])
def test_a_majority_is_paid_whatever_the_verdict(ok):
    settings, verdict = config(solver_reward="majority"), Verdict("ok" if ok else "wrong")
    answers = ("3", "3", "4", None, "3", "5")

    def paid(answer, answers=answers):
        record = RewardRecord("solve", "deduction", verdict, answers=answers, answer=answer, config=settings)
        return sum(reward_parts(record).values())

    assert paid("3") == 1 and paid("4") == paid("5") == settings.wrong_penalty
    assert paid("4", ("3", "4")) == paid("3", ("3", "4")) == 1  # a draw pays both


# --- registry --------------------------------------------------------------------------------------------------------
def test_every_built_in_reward_says_what_it_pays_and_where_it_comes_from():
    assert [r.name for r in registered("proposer")] == [
        "learnability",
        "inverse",
        "variance",
        "uncertainty",
        "random",
        "coin",
        "easy",
        "short",
        "surprise",
        "surprise_nll",
        "progress",
        "novelty",
        "disagreement",
        "controllable",
        "spread",
    ]
    solver = ["binary", "accuracy", "one_correct", "majority", "random", "form", "inverted"]
    assert [r.name for r in registered("solver")] == solver
    assert len(registered("intrinsic")) == 5
    assert all(reward.summary.endswith(".") and reward.cite for reward in registered())


@pytest.mark.parametrize(
    "kind, name, message",
    [
        ("proposer", "learnabilty", "did you mean learnability? There are learnability, inverse"),
        ("solver", "xyz", "unknown solver reward 'xyz': choose one of binary, accuracy"),
        ("intrinsic", "complex", "unknown intrinsic term 'complex': did you mean complexity?"),
    ],
)
def test_unknown_names_are_one_line_with_those_there_are(kind, name, message):
    settings = {"intrinsic": {name: 1.0}} if kind == "intrinsic" else {f"{kind}_reward": name}
    with pytest.raises(RewardError) as error:
        check_rewards(config(**settings))
    assert message in str(error.value) and "\n" not in str(error.value)


def test_the_cell_of_a_notebook_may_be_run_again_but_a_name_is_not_taken_twice(registry):
    def cell(value):
        @proposer_reward("again")
        def mine(record):
            return value

    cell(1.0)
    cell(2.0)
    assert reward_parts(record(config=config(proposer_reward="again"))) == {"again": 2.0}
    with pytest.raises(RewardError, match="'again' exists already"):
        proposer_reward("again")(lambda record: 0.0)
    with pytest.raises(RewardError, match="'binary' exists already"):
        solver_reward("binary")(lambda record: 0.0)
    solver_reward("again")(lambda record: 0.0)  # another role's name is another name
    with pytest.raises(RewardError, match="cannot name a reward"):
        proposer_reward("two words")


def test_a_reward_of_named_parts_joins_with_terms(registry):
    proposer_reward("two")(lambda record: {"easy": 0.5, "complexity": 0.25})
    settings = dict(proposer_reward="two", intrinsic={"complexity": 1.0})
    assert reward_parts(record(config=config(**settings))) == {"easy": 0.5, "complexity": 0.25 + 3 / 15}
    multiplied = reward_parts(record(config=config(**settings, intrinsic_combine="multiply")))
    assert multiplied == {"two*complexity": pytest.approx(0.75 * 3 / 15)}


def test_rewards_see_valid_rollouts_only_unless_they_ask_for_all(registry):
    seen = []
    proposer_reward("few")(lambda record: seen.append(record.verdict.status) or 1.0)
    proposer_reward("all", every_rollout=True)(lambda record: seen.append(record.solve_rate) or 1.0)
    for status in STATUSES:
        reward_parts(record(status=status, config=config(proposer_reward="few")))
    assert seen == ["ok"]
    assert reward_parts(record(status="error", config=config(proposer_reward="all"))) == {"all": 1.0}
    assert seen[1:] == [None]


class Odd:
    def __repr__(self):
        return "odd\nlines"


@pytest.mark.parametrize(
    "result, said",
    [
        (math.nan, "gave nan"),
        (math.inf, "gave inf"),
        ("1", "gave str"),
        (None, "gave NoneType"),
        (Odd(), "gave Odd"),
        ({"a": 1.0, "b": math.nan}, "gave nan for 'b'"),
        ({}, "gave dict"),
        ([1.0], "gave list"),
        (10**400, "gave 1000"),
        ({"a": 1e308, "b": 1e308}, "sum to inf"),
        (1j, "gave complex"),
    ],
)
def test_what_is_no_finite_number_is_an_error_that_names_reward_task_and_step(registry, result, said):
    proposer_reward("odd")(lambda record: result)
    with pytest.raises(RewardError) as error:
        reward_parts(record(step=17, config=config(proposer_reward="odd")))
    text = str(error.value)
    assert said in text and "'odd'" in text and "step 17" in text and "'def f(a):'" in text and "\n" not in text


@pytest.mark.parametrize("kind", ["solver", "intrinsic"])
def test_a_reward_that_raises_is_an_error_of_one_line(registry, kind):
    def fails(record):
        raise KeyError("two\nlines")

    (solver_reward if kind == "solver" else intrinsic_term)("odd")(fails)
    settings = config(solver_reward="odd") if kind == "solver" else config(intrinsic={"odd": 1.0})
    with pytest.raises(RewardError) as error:
        reward_parts(record("solve" if kind == "solver" else "propose", step=2, config=settings))
    assert "'odd', step 2, deduction task 'def f(a):', failed: KeyError" in str(error.value)
    assert "\n" not in str(error.value)


def test_true_and_whole_numbers_are_numbers(registry):
    proposer_reward("flag")(lambda record: record.solve_rate == 0.25)
    parts = reward_parts(record(config=config(proposer_reward="flag")))
    assert parts == {"flag": 1.0} and type(parts["flag"]) is float


def test_the_loop_fills_the_record_of_every_rollout(registry):
    seen: list[RewardRecord] = []
    proposer_reward("look", every_rollout=True)(lambda record: seen.append(record) or 0.5)
    solver_reward("look", every_rollout=True)(lambda record: seen.append(record) or 0.25)
    chosen = make_config(proposer_reward="look", solver_reward="look", solve_rate_samples=2, references=1)
    play = SelfPlay(
        chosen, stand_in_policy(), SimpleNamespace(key=str, value_type=lambda text, part: part, name="python")
    )
    play.step_number = 4
    old = Task("deduction", "def f(a):\n    return a", (("7", "7"),), step=2)
    new = Task("deduction", PROGRAM, (("[3]", "[]"),), parents=(old.id,), step=4)
    for task in (old, new):
        play.buffer.add(task)
    proposal = Proposal("abduction", "def f(a):\n    return b", ("1",))
    rollouts = [
        Rollout(
            "propose",
            "deduction",
            "p",
            "one",
            task=new,
            verdict=Verdict("ok"),
            solve_rate=0.5,
            references=(old.id, "dropped"),
        ),
        Rollout("propose", "abduction", "p", "two", proposal=proposal, verdict=Verdict("error", "b")),
        Rollout("propose", "abduction", "p", "three", verdict=Verdict("unparsable", "no")),
        Rollout("solve", "deduction", "p", "=> []", task=new, answer="[]", verdict=Verdict("ok"), solve_rate=0.5),
        Rollout("solve", "deduction", "p", "?", task=new, verdict=Verdict("unparsable"), solve_rate=0.5),
        Rollout("solve", "deduction", "p", "=> 3", task=new, answer="3", verdict=Verdict("wrong"), solve_rate=0.0),
        Rollout("solve", "deduction", "p", "=> 7", task=old, answer="7", verdict=Verdict("ok"), solve_rate=1.0),
    ]
    play._set_rewards(rollouts, play.step_number)
    assert [one.completion for one in seen] == [rollout.completion for rollout in rollouts]
    assert [one.index for one in seen] == list(range(7)) and {one.step for one in seen} == {4}
    assert [one.solve_rate for one in seen] == [0.5, None, None, 0.5, 0.5, 0.0, 1.0]
    assert [one.answers for one in seen] == [("[]", None), (), (), *[("[]", None)] * 3, ("7",)]
    assert [one.program for one in seen] == [PROGRAM, proposal.program, "", PROGRAM, PROGRAM, PROGRAM, old.program]
    assert seen[0].pairs == new.pairs and seen[0].references == (old,) and seen[1].pairs == ()
    assert seen[0].history.total() == 1 and seen[0].history.probability("7") == 1, "tasks of this step do not count"
    assert all(rollout.reward == sum(rollout.reward_parts.values()) in (0.5, 0.25) for rollout in rollouts)


# --- plugins ---------------------------------------------------------------------------------------------------------
MINE = """\
from azr_nb.rewards import proposer_reward
@proposer_reward("mine")
def mine(record): return 1.0 if record.solve_rate == 0.5 else 0.0
"""


def test_a_plugin_of_three_lines(registry, tmp_path):
    path = tmp_path / "my rewards.py"
    path.write_text(MINE)
    chosen = config(plugin=str(path), proposer_reward="mine")
    check_rewards(chosen)
    check_rewards(chosen)
    assert [reward_parts(record(rate=rate, config=chosen)) for rate in (0.5, 1.0)] == [{"mine": 1.0}, {"mine": 0.0}]
    assert reward_parts(record(status="error", config=chosen)) == {"format": -1.0}
    assert [one.name for one in tmp_path.iterdir()] == ["my rewards.py"], "nothing is written beside it"
    path.write_text(MINE.replace('"mine"', '"yours"').replace("1.0", "3.0"))
    assert [reward.name for reward in load_plugin(path)] == ["yours"]
    with pytest.raises(RewardError, match="unknown proposer reward 'mine'"):
        get_reward("proposer", "mine")


@pytest.mark.parametrize(
    "text, message",
    [
        (None, "is missing"),
        ("", "registers no reward"),
        ("x = 1", "registers no reward"),
        ("def f(:", "fails in line 1: SyntaxError"),
        (MINE + "1 / 0", "fails in line 4: ZeroDivisionError"),
        ("import sys\nsys.exit(3)", "fails in line 2: SystemExit"),
        (MINE.replace("mine", "binary"), None),
        (
            MINE.replace("mine", "learnability"),
            "fails in line 2: RewardError: the proposer reward 'learnability' exists",
        ),
        ("raise ValueError('a\\nb')", "fails in line 1: ValueError: a b"),
        ("\0", "fails"),
    ],
)
def test_broken_plugins_are_one_line_and_leave_nothing(registry, tmp_path, text, message):
    path = tmp_path / "plugin.py"
    if text is not None:
        path.write_text(text)
    names = [(reward.kind, reward.name) for reward in registered()]
    if message is None:  # the solver's name, but a proposer reward
        load_plugin(path)
        return
    with pytest.raises(RewardError) as error:
        load_plugin(path)
    assert message in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)
    assert [(reward.kind, reward.name) for reward in registered()] == names


def test_a_folder_is_no_plugin(tmp_path):
    with pytest.raises(RewardError, match="is no file"):
        load_plugin(tmp_path)


# --- the command line ------------------------------------------------------------------------------------------------
def call(*arguments, cwd=None):
    command = [sys.executable, "-m", "azr_nb", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=cwd)


def test_rewards_are_listed_with_those_of_a_plugin(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    done = call("rewards", "--plugin", tmp_path / "mine.py")
    assert done.returncode == 0, done.stderr
    for reward in registered():
        assert reward.name in done.stdout and reward.cite in done.stdout
    assert "mine" in done.stdout
    done = call("rewards", "--plugin", tmp_path / "none.py")
    assert done.returncode == 2 and done.stderr.startswith("error: the plugin") and done.stderr.count("\n") == 1


SMALL = [
    "--set",
    "proposals_per_type=5",
    "--set",
    "solve_tasks_per_type=2",
    "--set",
    "solve_samples=4",
    "--set",
    "solve_rate_samples=4",
    "--set",
    "seed_tasks=8",
    "--set",
    "eval_tasks=5",
    "--set",
    "eval_samples=2",
    "--set",
    "save_every=1",
]


@pytest.mark.parametrize(
    "options, said",
    [
        (["--plugin", "none.py"], "is missing"),
        (["--proposer-reward", "learn"], "unknown proposer reward 'learn'"),
        (["--solver-reward", "right"], "unknown solver reward 'right'"),
        (["--set", "intrinsic={x: 1}"], "intrinsic term"),
    ],
)
def test_a_run_with_unknown_rewards_ends_before_anything_is_written(tmp_path, options, said):
    pytest.importorskip("torch")
    done = call("train", "--steps", 1, "--out", tmp_path / "run", *SMALL, *options, cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_reward_that_breaks_ends_the_run_with_a_line_and_a_complete_folder(tmp_path):
    pytest.importorskip("torch")
    broken = """\
        from azr_nb.rewards import proposer_reward
        @proposer_reward("mine", every_rollout=True)
        def mine(record): return 1 / (2 - record.step)
        """
    (tmp_path / "mine.py").write_text(textwrap.dedent(broken))
    out = tmp_path / "run"
    done = call(
        "train", "--steps", 3, "--plugin", "mine.py", "--proposer-reward", "mine", "--out", out, *SMALL, cwd=tmp_path
    )
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: proposer reward 'mine', step 2, ") and line.endswith("division by zero")
    assert "Traceback" not in done.stderr
    assert load_config(out / "config.yaml").plugin == str(tmp_path / "mine.py")
    summary = json.loads((out / "summary.json").read_text())
    assert summary["steps"] == 2 and any("stopped after 2 of 3 steps" in note for note in summary["notes"])
    assert {"adapter", "metrics.csv", "buffer.jsonl", "report.html"} <= {path.name for path in out.iterdir()}
    (tmp_path / "mine.py").write_text(textwrap.dedent(broken.replace("2 - ", "9 - ")))
    done = call("train", "--resume", "--no-report", "--out", out)
    assert done.returncode == 2 and str(tmp_path / "mine.py") in done.stderr and "--trust-plugin" in done.stderr
    done = call("train", "--resume", "--trust-plugin", "--no-report", "--out", out)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "summary.json").read_text())["steps"] == 3
