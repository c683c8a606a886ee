"""Checks of notebook 13."""

import math

from azr_nb.course.exercises.core import Wrong, exercise, require


@exercise("13.floor", "what no success says", difficulty=2, minutes=7)
def floor(answer) -> None:
    """`most(n)`: the largest chance p with which n tries all fail in at least one of twenty experiments."""
    for n in (10, 240, 5000, 1):
        got, want = float(answer(n)), 1 - 0.05 ** (1 / n)
        if math.isclose(got, want, rel_tol=1e-6):
            continue
        for value, reason in (
            (0.0, "no success in n tries does not make a success impossible"),
            (0.05 ** (1 / n), "this is the chance of a failure: what is left for a success?"),
            (1 / n, "with p = 1/n all n tries fail in more than a third of the experiments, so that p can be larger"),
            (1 - 0.95 ** (1 / n), "with this p all tries fail in 95 of 100 experiments: 5 of 100 are wanted"),
        ):
            require(not math.isclose(got, value, rel_tol=1e-6, abs_tol=1e-12), reason)
        if n > 100 and math.isclose(got, 3 / n, rel_tol=0.02):
            continue  # the rule of three, which is this for many tries
        raise Wrong(f"for {n} tries it is {want:.5g}, not {got:.5g}: solve (1 - p)^n = 0.05 for p")


@exercise("13.worth", "what self-play is worth", difficulty=1, minutes=4)
def worth(answer) -> None:
    """`worth(gained, controls)`: the gain of self-play above the best of its controls."""
    cases = ((2.0, {"a": 3.0, "b": 0.5}), (2.0, {"a": -1.0, "b": 0.5}), (-1.0, {"a": -2.5, "b": -3.0}))
    for gained, controls in cases:
        got, best = float(answer(gained, dict(controls))), max(controls.values())
        if math.isclose(got, gained - best, abs_tol=1e-9):
            continue
        shown = f"a gain of {gained:g} beside controls of {' and '.join(f'{one:g}' for one in controls.values())}"
        for value, reason in (
            (gained - max(0.0, best), "where all controls do harm, the best of them still counts"),
            (gained, "this leaves the controls out"),
            (best - gained, "this is the wrong way round"),
            (gained - sum(controls.values()) / len(controls), "an average control is beaten easily: take the best"),
            (gained - min(controls.values()), "this is the worst control: take the best"),
            (max(0.0, gained - best), "self-play may be worth less than nothing"),
        ):
            require(not math.isclose(got, value, abs_tol=1e-9), f"{shown}: {reason}")
        raise Wrong(f"{shown} is worth {gained - best:g} points, not {got:g}")


@exercise("13.alarms", "false alarms", difficulty=1, minutes=4)
def alarms(answer) -> None:
    """`alarm(m, level)`: the chance of at least one false alarm among m independent comparisons."""
    for m, level in ((1, 95), (20, 95), (20, 99.5), (5, 99)):
        got, p = float(answer(m, level)), 1 - level / 100
        want = 1 - (1 - p) ** m
        if math.isclose(got, want, rel_tol=1e-9):
            continue
        for value, reason in (
            (m * p, "this is how many are expected, which can be more than 1"),
            ((1 - p) ** m, "this is the chance of none"),
            (p**m, "this is the chance that all of them are false alarms"),
            (100 * want, "this is in percent: a chance is at most 1"),
        ):
            require(math.isclose(value, want, rel_tol=1e-9) or not math.isclose(got, value, rel_tol=1e-9), reason)
        raise Wrong(f"{m} comparisons at {level:g} %: it is {want:.4g}, not {got:.4g}")
