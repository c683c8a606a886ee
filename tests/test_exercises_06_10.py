"""Exercises of notebooks 06 to 10: stubs are open, solutions right, typical wrong answers are told what is wrong."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from exercise_cells import exercise_cells

from azr_nb.course.exercises import check
from azr_nb.course.exercises.notebook_07 import _depth
from azr_nb.course.exercises.notebook_08 import THREE
from azr_nb.course.exercises.notebook_09 import classmate
from azr_nb.course.views.diagnosis import DIAGNOSES, HEALTHY, MYSTERY, diagnosis_of, first_signs, ward_bands
from azr_nb.rewards import RewardRecord
from azr_nb.runs.catalogue import CATALOGUE, FAULTS, SEEDS, VARIANTS
from azr_nb.runs.shipped import archive, recorded_metrics
from azr_nb.runs.study import difference, variants
from azr_nb.runs.vitals import SIGNS, moves
from azr_nb.tasks import Verdict

CELLS = exercise_cells("06", "06b", "07", "08", "09", "10")
TWINS = [run.name for run in CATALOGUE.values() if run.group == "twin"]
WARD = [*TWINS, *FAULTS]
STUDY = [f"{name}-{seed}" for name in VARIANTS for seed in SEEDS]
NEEDED = {"07.ablation": WARD, "08.first_sign": WARD, "08.diagnosis": WARD, "10.claim": STUDY}


def needs(names) -> None:
    """Skip unless these recorded runs are there."""
    missing = [name for name in names if not archive(name).is_file()]
    if missing:
        pytest.skip(f"the recorded run {missing[0]} is not there yet")


def is_wrong(name, answer, words) -> str:
    """The message of a wrong answer, which has these words in one line."""
    result = check(name, answer)
    assert result.status == "wrong" and words in result.message and "\n" not in result.message, result
    return result.message


def test_there_are_twelve():
    assert list(CELLS) == [
        "06.completion_mask",
        "06.merge",
        "06b.alive",
        "06b.kl_sign",
        "07.depth",
        "07.ablation",
        "08.first_sign",
        "08.diagnosis",
        "09.card",
        "09.game",
        "10.interval",
        "10.claim",
    ]


# --- 06 --------------------------------------------------------------------------------------------------------------
def mask(rows, end, last=0, unfinished=1):
    """The mask with the slips that learners make."""
    found = []
    for row in rows:
        if end in row:
            found.append([int(i <= row.index(end) + last) for i in range(len(row))])
        else:
            found.append([unfinished] * len(row))
    return found


def in_place(weight, a, b, alpha):
    weight += alpha / len(a) * b @ a
    return weight


def kl_k3(p, q):
    return math.exp(q - p) - 1 - (q - p)


def last_end(rows, end):
    """Cut at the last end token instead of the first."""
    return [
        [int(i <= len(row) - 1 - row[::-1].index(end)) if end in row else 1 for i in range(len(row))] for row in rows
    ]


def without_guard(rows, end):
    return [[int(i <= row.index(end)) for i in range(len(row))] for row in rows]


# --- 07 --------------------------------------------------------------------------------------------------------------
def by_first_reference(name, parents):
    count = 0
    while [p for p in parents[name] if p in parents]:
        name, count = [p for p in parents[name] if p in parents][0], count + 1
    return count


def shortest(name, parents):
    depth, edge = 0, {name}
    while all(any(p in parents for p in parents[n]) for n in edge):
        edge, depth = {p for n in edge for p in parents[n] if p in parents}, depth + 1
    return depth


def ancestors_counted(name, parents):
    seen, edge = set(), [name]
    while edge:
        new = {p for p in parents[edge.pop()] if p in parents} - seen
        seen |= new
        edge += new
    return len(seen)


def counted_from_one(name, parents):
    return 1 + _depth(name, parents)


def with_dropped_parents(name, parents):
    return 1 + max((with_dropped_parents(p, parents) for p in parents.get(name, ())), default=-1)


def without_a_look(name, parents):
    return 1 + max((without_a_look(p, parents) for p in parents[name]), default=-1)


# --- 09 --------------------------------------------------------------------------------------------------------------
CARD = {
    "arm": "easy",
    "reward": lambda rate: rate,
    "game": "write what is trivial for everybody",
    "claim": "not told from a coin",
}
TRICK = {"program": "def f(a):\n    return a * 7919 % 1000003", "input": "43", "answers": list("12345678")}


# --- 10 --------------------------------------------------------------------------------------------------------------
def boot(before, after, draw, size=1.0, ends=(2.5, 97.5), paired=True):
    """A bootstrap with the slips that learners make."""
    before, after = np.array(before), np.array(after)
    n, means = len(before), []
    for _ in range(1500):
        ours = draw.integers(n, size=max(1, int(size * n)))
        theirs = ours if paired else draw.integers(n, size=len(ours))
        means.append(after[ours].mean() - before[theirs].mean())
    return tuple(np.percentile(means, ends))


def over_the_draws(before, after, draw):
    low, high = boot(before, after, draw)
    middle, half = (low + high) / 2, (high - low) / 2 / math.sqrt(1500)
    return middle - half, middle + half


WRONG = [
    ("06.completion_mask", lambda rows, end: mask(rows, end, last=-1), "stopping is a decision"),
    ("06.completion_mask", lambda rows, end: [[int(v != end) for v in row] for row in rows], "stopping is a decision"),
    ("06.completion_mask", lambda rows, end: [[int(v != 0) for v in row] for row in rows], "only the first one counts"),
    (
        "06.completion_mask",
        lambda rows, end: [[int(not {0, end} & {*r[:i]}) for i in range(len(r))] for r in rows],
        "0 inside of a completion",
    ),
    ("06.completion_mask", lambda rows, end: mask(rows, end, unfinished=0), "cut off has no end token"),
    ("06.completion_mask", without_guard, "raises ValueError"),
    ("06.completion_mask", last_end, "only the first one counts"),
    (
        "06.completion_mask",
        lambda rows, end: [row[: row.index(end) + 1] if end in row else row for row in rows],
        "shape of the rows",
    ),
    ("06.completion_mask", lambda rows, end: [1] * len(rows), "not of the expected form"),
    ("06b.alive", lambda r, a, low, high: 1 - low < r < 1 + high, "only one edge concerns each sign"),
    ("06b.alive", lambda r, a, low, high: r > 1 - low if a > 0 else r < 1 + high, "still has a gradient"),
    (
        "06b.alive",
        lambda r, a, low, high: r < 1 + low if a > 0 else r > 1 - low,
        "which of the two terms is smaller there",
    ),
    ("06b.alive", lambda r, a, low, high: True, "has no gradient"),
    ("06b.kl_sign", lambda p, q: math.exp(p - q) - 1 - (p - q), "which of the two stands in the numerator"),
    ("06b.kl_sign", lambda p, q: p - q, "that is k1"),
    ("06b.kl_sign", lambda p, q: q - p, "sign is the wrong way round"),
    ("06b.kl_sign", lambda p, q: -kl_k3(p, q), "sign is the wrong way round"),
    ("06b.kl_sign", lambda p, q: (p - q) ** 2 / 2, "should be the same"),
    ("06b.kl_sign", lambda p, q: kl_k3(p, q) / math.log(2), "should be the same"),
    ("06.merge", lambda weight, a, b, alpha: weight + b @ a, "its scale is not"),
    ("06.merge", lambda weight, a, b, alpha: weight + alpha * b @ a, "its scale is not"),
    ("06.merge", lambda weight, a, b, alpha: weight + len(a) / alpha * b @ a, "its scale is not"),
    ("06.merge", lambda weight, a, b, alpha: weight - alpha / len(a) * b @ a, "another output"),
    ("06.merge", lambda weight, a, b, alpha: alpha / len(a) * b @ a, "another output"),
    ("06.merge", lambda weight, a, b, alpha: weight + alpha / len(a) * a @ b, "raises RuntimeError"),
    ("06.merge", lambda weight, a, b, alpha: (weight + alpha / len(a) * b @ a).T, "shape of the weight"),
    ("06.merge", in_place, "make a new one"),
    ("06.merge", 3.0, "not of the expected form"),
    ("07.depth", by_first_reference, "not the first reference"),
    ("07.depth", shortest, "the longest way counts"),
    ("07.depth", ancestors_counted, "do not add up"),
    ("07.depth", counted_from_one, "a seed has no generation"),
    ("07.depth", with_dropped_parents, "has dropped ends the way"),
    ("07.depth", without_a_look, "raises KeyError"),
    ("07.ablation", "collapse", "three texts"),
    ("07.ablation", ("none", "KL", "above"), "is not one of collapse"),
    ("07.ablation", ("collapse", "loss", "above"), "not one of the vital signs"),
    ("07.ablation", ("collapse", "KL", "up"), "below or above"),
    ("08.first_sign", ["KL"], "a dict"),
    ("08.first_sign", dict.fromkeys(THREE, "loss"), "not one of the vital signs"),
    ("08.diagnosis", dict.fromkeys(MYSTERY, "flu"), "is not one of collapse"),
    ("08.diagnosis", HEALTHY, "a dict"),
    ("09.card", 1.0, "a card is a dict"),
    ("09.card", CARD | {"reward": 0.5}, "a function of the solve rate"),
    ("09.card", CARD | {"reward": lambda rate: 0.5}, "your reward is 0.5, and the runs of easy were paid 0"),
    ("09.card", CARD | {"arm": "mine"}, "'mine' has no recorded runs without a card: take easy or inverse"),
    ("09.card", CARD | {"arm": "inverse"}, "the runs of inverse were paid 1"),
    ("09.card", CARD | {"reward": lambda rate: 1 / rate}, "at the solve rate 0 your reward raises ZeroDivisionError"),
    ("09.card", CARD | {"reward": lambda rate: 4 * rate}, "at the solve rate 0.125 your reward is 0.5"),
    ("09.card", CARD | {"reward": lambda rate: math.nan}, "a finite number"),
    ("09.card", CARD | {"reward": lambda rate: None}, "a finite number"),
    ("09.card", CARD | {"game": "trivial tasks"}, "at least five words"),
    ("09.card", CARD | {"claim": "better"}, "a claim is one of"),
    ("09.card", CARD | {"claim": "better than a coin"}, "what does an interval say that has 0"),
    ("09.card", CARD | {"claim": "worse than a coin"}, "easy minus coin is -1.9 points"),
    ("09.game", "def f(a): return a", "a dict with program"),
    ("09.game", TRICK | {"answers": ["1"] * 8}, "the more the answers differ"),
    ("09.game", TRICK | {"answers": ["1", *"1234567"]}, "paid 0.88"),
    ("09.game", TRICK | {"answers": list("1234567")}, "eight answers"),
    ("09.game", TRICK | {"answers": list(range(8))}, "eight answers, as texts"),
    ("09.game", TRICK | {"program": "def f(a):\n    return a - 40"}, "1 of 8 answers are right"),
    ("09.game", TRICK | {"program": "def f(a)"}, "the judge makes no task of it"),
    ("09.game", TRICK | {"program": "import random\ndef f(a):\n    return random.random()"}, "makes no task of it"),
    ("10.interval", lambda before, after, draw: boot(before, after, draw, paired=False), "not the two apart"),
    ("10.interval", over_the_draws, "draw as many tasks as there are"),
    ("10.interval", lambda before, after, draw: boot(before, after, draw, size=4), "draw as many tasks as there are"),
    ("10.interval", lambda before, after, draw: boot(before, after, draw, size=0.2), "points wide"),
    ("10.interval", lambda before, after, draw: boot(before, after, draw, ends=(16, 84)), "the middle 95 %"),
    ("10.interval", lambda before, after, draw: boot(before, after, draw, ends=(5, 95)), "the middle 95 %"),
    ("10.interval", lambda before, after, draw: boot(before, after, draw, ends=(1, 99)), "points wide"),
    ("10.interval", lambda before, after, draw: boot(after, before, draw), "does not lie between"),
    ("10.interval", lambda before, after, draw: boot(before, after, draw)[::-1], "low and high are"),
    ("10.interval", lambda before, after, draw: (math.nan, math.nan), "low and high are nan"),
    ("10.interval", lambda before, after, draw: float(np.mean(after) - np.mean(before)), "give two numbers"),
    ("10.interval", (1.0, 2.0), "not of the expected form"),
    ("10.claim", ("learnability", "random"), "a variant, a control and a number"),
    ("10.claim", ("odd", "random", 1), "is not one of"),
]


@pytest.mark.parametrize("name, answer, words", WRONG)
def test_wrong_answers_are_told_what_is_wrong(name, answer, words):
    is_wrong(name, answer, words)


@pytest.mark.parametrize("name", CELLS)
def test_every_exercise_has_two_wrong_answers_at_least(name):
    assert sum(other == name for other, _, _ in WRONG) >= 2


@pytest.mark.parametrize("kind, status", [("numpy", "right"), ("float", "right"), ("half", "wrong"), ("int", "wrong")])
def test_a_merged_weight_of_another_precision_never_stops_the_notebook(kind, status):
    def merge(weight, a, b, alpha):
        return getattr(weight + alpha / len(a) * b @ a, kind)()

    assert check("06.merge", merge).status == status


@pytest.mark.parametrize(
    "name, answer",
    [
        (
            "06.completion_mask",
            lambda rows, end: [[float(end not in row[:i]) for i in range(len(row))] for row in rows],
        ),
        (
            "06.completion_mask",
            lambda rows, end: np.array([[end not in row[:i] for i in range(len(row))] for row in rows]),
        ),
        ("06b.kl_sign", lambda p, q: (p - q) + math.expm1(q - p)),
        ("07.depth", _depth),
        ("09.card", CARD),
        ("09.card", CARD | {"arm": "inverse", "reward": lambda rate: 1 - rate}),
        ("09.game", TRICK),
        ("10.interval", lambda before, after, draw: np.array(boot(before, after, draw))),
        ("10.interval", lambda before, after, draw: list(boot(before, after, random_of(draw)))),
    ],
)
def test_other_right_answers_are_accepted(name, answer):
    assert check(name, answer).status == "right", check(name, answer)


def random_of(draw):
    """Another source of randomness than the one that was given."""
    assert draw is not None
    return np.random.default_rng(random.Random(5).randrange(1000))


@pytest.mark.parametrize(
    "name, answer",
    [
        ("07.ablation", ("collapse", ..., "below")),
        ("08.first_sign", {"A": "KL", "C": ...}),
        ("08.first_sign", {}),
        ("08.diagnosis", dict.fromkeys(MYSTERY, HEALTHY) | {"G": None}),
        ("09.card", CARD | {"game": ""}),
        ("09.game", {"program": "def f(a): return a"}),
        ("10.claim", ("learnability", "random", ...)),
    ],
)
def test_half_an_answer_is_open(name, answer):
    assert check(name, answer).status == "open"


def test_the_classmate_pays_the_share_of_different_answers():
    record = lambda *answers: RewardRecord("propose", "deduction", Verdict("ok"), 0.0, answers=answers)  # noqa: E731
    assert classmate(record("1", "1", "2", None)) == 0.75 and classmate(record()) == 0 and classmate(record("1")) == 1


# --- against the recorded runs ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", FAULTS)
def test_an_ablation_is_held_against_the_recorded_run(fault):
    needs([*TWINS, fault])
    found = {move.sign: move.side for move in moves(recorded_metrics(fault), ward_bands())}
    for sign in (sign.name for sign in SIGNS):
        if sign not in found:
            is_wrong("07.ablation", (fault, sign, "above"), "stays where healthy runs are")
            continue
        other = {"below": "above", "above": "below"}[found[sign]]
        assert check("07.ablation", [fault, sign, found[sign]]).status == "right"
        is_wrong("07.ablation", (fault, sign, other), "on the other side")
    assert check("07.ablation", (fault, FAULTS[fault][1].sign, FAULTS[fault][1].side)).status == "right"


def test_the_first_sign_is_not_just_any_sign():
    needs(WARD)
    right = {letter: first_signs(MYSTERY[letter])[0] for letter in THREE}
    assert check("08.first_sign", right).status == "right"
    for letter in THREE:
        for sign in (sign.name for sign in SIGNS):
            if sign not in first_signs(MYSTERY[letter], within=1):
                is_wrong("08.first_sign", right | {letter: sign}, f"in run {letter} another sign moves before")


@pytest.mark.parametrize("letter", MYSTERY)
def test_a_wrong_diagnosis_is_met_with_evidence_against_it(letter):
    needs(WARD)
    right = {other: diagnosis_of(other) for other in MYSTERY}
    for given in DIAGNOSES:
        if given == right[letter]:
            continue
        message = is_wrong("08.diagnosis", right | {letter: given}, "6 of 7 are right; ")
        if right[letter] == HEALTHY:
            assert f"in run {letter} nothing leaves its band" in message
        elif given == HEALTHY:
            assert f"run {letter} is not healthy" in message
        else:
            sign = FAULTS[given][1].sign  # what it would move first can be no evidence if the run moves it first too
            assert f"{given} shows in the {sign}" in message and f"is its {sign}" not in message


def test_a_claim_is_held_against_the_interval():
    needs(STUDY)
    names = list(variants())
    pairs = [("learnability", name, difference("learnability", name)) for name in names if name != "learnability"]
    clear = [pair for pair in pairs if pair[2].low > 0.1]
    is_wrong("10.claim", ("learnability", "learnability", 1), "better than itself")
    is_wrong("10.claim", ("learnability", "random", 0), "above 0")
    is_wrong("10.claim", ("learnability", "random", "much"), "above 0")
    assert clear, "the study tells nothing apart"
    for one, other, found in clear[:2]:
        assert check("10.claim", (one, other, 0.8 * found.low)).status == "right"
        is_wrong("10.claim", (one, other, 1.5 * found.low), "more than the interval supports")
        is_wrong("10.claim", (one, other, 0.2 * found.low), "too modest")
        is_wrong("10.claim", (other, one, 0.1), "cannot support any claim")
