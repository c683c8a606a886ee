"""Checks of notebook 07."""

from azr_nb.course.exercises.core import data, exercise, one_of, require, short, three_parts
from azr_nb.course.views.diagnosis import ward_bands
from azr_nb.runs.catalogue import FAULTS
from azr_nb.runs.shipped import recorded_metrics
from azr_nb.runs.vitals import SIGNS, moves


@exercise("07.depth", "how deep is a family tree?", difficulty=2, minutes=10)
def depth(answer) -> None:
    """`depth(name, parents)`: generations on the longest way back from a task to one without parents."""
    cases = [(one["name"], one["parents"], one["reason"]) for one in data("07.depth")]
    deep = {f"t{i}": [f"t{i - 1}"] if i else [] for i in range(150)}
    cases.append(("t149", deep, "a line of 150 generations"))
    for name, parents, reason in cases:
        want = _depth(name, parents)
        got = answer(name, {key: list(value) for key, value in parents.items()})
        require(got == want, f"for {name!r} in {short(parents, 60)} it is {want}, not {short(got)}: {reason}")


def _depth(name: str, parents: dict[str, list[str]]) -> int:
    depths: dict[str, int] = {}
    for key in parents:  # parents stand before their children in these cases
        depths[key] = 1 + max((depths[p] for p in parents[key] if p in depths), default=-1)
    return depths[name]


@exercise("07.ablation", "take one part away", difficulty=2, minutes=12)
def ablation(answer) -> None:
    """`(fault, sign, side)`: a vital sign that leaves its band in the recorded run with that fault, and its side."""
    form = "give three texts: what is done to the run, a vital sign, and below or above"
    fault, sign, side = three_parts(answer, form)
    one_of(fault, FAULTS)
    one_of(sign, [sign.name for sign in SIGNS], "the vital signs ")
    require(side in ("below", "above"), f"the side is below or above, not {short(side)}")
    found = {move.sign: move for move in moves(recorded_metrics(fault), ward_bands())}
    still, there = f"in the recorded run {fault} the {sign}", "stays where healthy runs are"
    hint = "ask what the proposer is paid for now, or what the solver still gets"
    require(sign in found, f"{still} {there}; {hint}")
    step, where = found[sign].step, found[sign].side
    require(where == side, f"{still} leaves its band on the other side, at step {step}")
