"""Vital signs: running means, bands of healthy runs, and the moment from which a sign stays outside."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.runs.metric_dictionary import entry_of
from azr_nb.runs.vitals import MARGIN, SIGNS, WINDOW, Move, bands, moved, moves, running, signs
from azr_nb.tasks import TASK_TYPES

NAN = math.nan
numbers = st.floats(-1e6, 1e6) | st.just(NAN)
columns = st.lists(numbers, min_size=1, max_size=20)
NAMES = {
    "valid share": [f"propose/{kind}/valid" for kind in TASK_TYPES],
    "new tasks": ["funnel/ok"],
    "distinct programs": ["programs/distinct"],
    "complexity": ["programs/cognitive"],
    "solve rate": [f"solve_rate/{kind}" for kind in TASK_TYPES],
    "dead share": ["dead_share"],
    "entropy": ["entropy"],
    "KL": ["kl"],
}


def run_of(steps=12, **changed):
    """A run in which every sign is 0.5, but for what is said."""
    run = {"step": [float(i) for i in range(steps)]}
    for sign, names in NAMES.items():
        run |= {name: list(changed.get(sign.replace(" ", "_"), [0.5] * steps)) for name in names}
    return run


@st.composite
def runs(draw):
    steps = draw(st.integers(1, 15))
    names = [name for group in NAMES.values() for name in group if draw(st.booleans())]
    return {"step": [float(i) for i in range(steps)]} | {
        name: draw(st.lists(numbers, min_size=steps, max_size=steps)) for name in names
    }


# --- signs -----------------------------------------------------------------------------------------------------------
def test_every_sign_has_its_columns_and_the_dictionary_knows_them():
    assert [sign.name for sign in SIGNS] == list(NAMES)
    for sign in SIGNS:
        assert sign.least > 0 and sign.unit and sign.says.endswith("?")
        for name in NAMES[sign.name]:
            assert re.fullmatch(sign.columns, name) and entry_of(name)
    for other in ("solve_rate_tasks/0_of_4", "solve_rate_variance", "propose/deduction/tokens", "funnel/ok2"):
        assert not any(re.fullmatch(sign.columns, other) for sign in SIGNS)


def test_a_sign_is_the_mean_over_task_types_without_gaps():
    rates = {"solve_rate/deduction": [0.2, NAN, NAN], "solve_rate/induction": [0.6, 0.4, math.inf]}
    run = {"step": [0.0, 1.0, 2.0], **rates}
    found = signs(run)
    assert found["solve rate"][:2] == pytest.approx([0.4, 0.4]) and math.isnan(found["solve rate"][2])
    assert all(math.isnan(value) for value in found["KL"]) and len(found["KL"]) == 3


def test_a_run_without_steps_has_no_values():
    assert signs({}) == {sign.name: [] for sign in SIGNS} and moves({}, {"KL": (0, 1)}) == []


# --- running means ---------------------------------------------------------------------------------------------------
def test_running_by_hand():
    assert running([]) == [] and running([3.0]) == [3.0]
    assert running([1, 2, 6, 10]) == pytest.approx([1, 1.5, 3, 6])
    assert running([1, 2, 6], window=1) == [1, 2, 6]
    gaps = running([NAN, 2, NAN, NAN, NAN, 5])
    assert math.isnan(gaps[0]) and gaps[1:4] == [2, 2, 2] and math.isnan(gaps[4]) and gaps[5] == 5


@given(columns, st.integers(1, 5))
def test_a_running_mean_lies_among_its_values(values, window):
    smooth = running(values, window)
    assert len(smooth) == len(values)
    for i, value in enumerate(smooth):
        part = [v for v in values[max(0, i + 1 - window) : i + 1] if math.isfinite(v)]
        assert math.isnan(value) == (not part)
        if part:
            assert min(part) - 1e-6 <= value <= max(part) + 1e-6


@given(columns)
def test_a_running_mean_knows_no_later_value(values):
    for i in range(len(values)):
        assert repr(running(values[: i + 1])) == repr(running(values)[: i + 1])


# --- bands -----------------------------------------------------------------------------------------------------------
def test_a_band_by_hand():
    wide = bands([run_of(3, solve_rate=[0.0, 0.0, 0.0]), run_of(3, solve_rate=[0.8, 0.8, 0.8])])
    assert wide["solve rate"] == pytest.approx((-0.2, 1.0))  # a quarter of 0.8 on both sides
    narrow = bands([run_of(3)])
    for sign in SIGNS:
        assert narrow[sign.name] == pytest.approx((0.5 - sign.least, 0.5 + sign.least))
    assert bands([run_of(3, KL=[0.0, 0.0, 1.0])])["KL"] == pytest.approx((-1 / 12, 1 / 3 + 1 / 12))  # of running means


def test_a_band_needs_a_run_and_a_record():
    with pytest.raises(ValueError, match="at least one healthy run"):
        bands([])
    assert bands([{"step": [0.0]}]) == {} and bands([{"step": [0.0], "kl": [NAN]}]) == {}
    assert list(bands([{"step": [0.0], "kl": [NAN]}, {"step": [0.0], "kl": [0.1]}])) == ["KL"]


@given(st.lists(runs(), min_size=1, max_size=3))
def test_bands_contain_the_healthy_runs_with_room(healthy):
    found = bands(healthy)
    least = {sign.name: sign.least for sign in SIGNS}
    for name, (low, high) in found.items():
        values = [v for run in healthy for v in running(signs(run)[name]) if math.isfinite(v)]
        room = max(least[name], MARGIN * (max(values) - min(values)))
        assert low == pytest.approx(min(values) - room) and high == pytest.approx(max(values) + room)
        assert high - low >= 2 * least[name] * (1 - 1e-9)
    for run in healthy:
        assert moves(run, found) == []


@given(st.lists(runs(), min_size=1, max_size=3), runs())
def test_one_more_healthy_run_never_makes_a_band_narrower(healthy, more):
    before, after = bands(healthy), bands([*healthy, more])
    for name, (low, high) in before.items():
        slack = 1e-9 * max(1, abs(low), abs(high))
        assert after[name][0] <= low + slack and after[name][1] >= high - slack


# --- moves -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "values, place",
    [
        ([], None),
        ([2, 2], None),  # too short to say
        ([2, 2, 2], (0, "above")),
        ([-2, -2, -2], (0, "below")),
        ([0, 0, 0, 9, 0, 0, 0], (3, "above")),  # one wild step stays in three running means
        ([0, 0, 0, 2, 0, 0, 0], None),
        ([2, 2, -9, -9, -9], (2, "below")),  # two steps above are too few, and do not count for the other side
        ([0, 0, 2, 2, 2, 2, 0, 0], (3, "above")),
        ([1, 1, 1, 1], None),  # on the edge is inside
        ([NAN, NAN, NAN, NAN], None),
        ([2, NAN, NAN, NAN, 2, 2], (0, "above")),  # a gap that the running mean bridges
        ([2, 2, NAN, NAN, NAN, NAN, 2], (0, "above")),
        ([2, NAN, NAN, NAN, NAN, NAN, 2, 2], (0, "above")),
        ([NAN, 2, 2, NAN, NAN, NAN, 0], (1, "above")),
        ([math.inf, 2, 2, 2], (1, "above")),  # what is not finite is a gap
    ],
)
def test_moved_by_hand(values, place):
    assert moved(values, (-1, 1)) == place


def test_a_gap_that_is_too_long_starts_the_count_again():
    assert moved([2, NAN, NAN, NAN, 2, NAN, NAN], (-1, 1), patience=4) is None
    assert moved([2, NAN, NAN, NAN, 2, NAN, NAN], (-1, 1), patience=3) == (0, "above")
    assert moved([2, 2, 2], (-1, 1), patience=1) == (0, "above")


@given(columns, st.tuples(st.floats(-1e3, 1e3), st.floats(0, 1e3)), st.integers(1, 4))
def test_a_sign_has_moved_where_it_stays_outside_on_one_side(values, place, patience):
    low, high = place[0], place[0] + place[1]
    found, smooth = moved(values, (low, high), patience), running(values)
    side = ["below" if v < low else "above" if v > high else "in" for v in smooth]
    wanted = [
        i
        for i in range(len(side) - patience + 1)
        for one in ("below", "above")
        if side[i : i + patience] == [one] * patience
    ]
    assert (found is None) == (not wanted)
    if found:
        assert found == (wanted[0], side[wanted[0]])


@given(columns)
def test_later_values_never_change_where_a_sign_moved(values):
    known = None
    for end in range(len(values) + 1):
        found = moved(values[:end], (-1, 1))
        assert known is None or found == known
        known = found


def test_the_first_to_move_comes_first_and_ties_keep_the_order_of_the_signs():
    steps = 9
    late, early = [0.5] * 5 + [9.0] * 4, [0.5] * 2 + [-9.0] * 7
    run = run_of(steps, valid_share=late, new_tasks=early, entropy=early, KL=late)
    found = moves(run, bands([run_of(steps)]))
    assert found == [
        Move("new tasks", 2, "below"),
        Move("entropy", 2, "below"),
        Move("valid share", 5, "above"),
        Move("KL", 5, "above"),
    ]


def test_signs_without_a_band_or_without_a_record_do_not_move():
    high = run_of(9, KL=[9.0] * 9)
    band = bands([run_of(9)])
    assert moves(high, {name: ends for name, ends in band.items() if name != "KL"}) == []
    del high["kl"]
    assert moves(high, band) == [] and moves({"step": [0.0]}, band) == []


@given(runs(), runs())
def test_moves_are_those_of_the_single_signs_in_order(healthy, run):
    band = bands([healthy])
    found = moves(run, band)
    assert [move.step for move in found] == sorted(move.step for move in found)
    assert {move.sign: (move.step, move.side) for move in found} == {
        name: place for name in band if (place := moved(signs(run)[name], band[name], WINDOW))
    }
