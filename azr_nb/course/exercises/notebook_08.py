"""Checks of notebook 08."""

from azr_nb.course.exercises.core import Wrong, exercise, filled, one_of, require
from azr_nb.course.views.diagnosis import DIAGNOSES, HEALTHY, MYSTERY, diagnosis_of, first_signs
from azr_nb.runs.catalogue import FAULTS
from azr_nb.runs.vitals import SIGNS

THREE = ("A", "C", "E")
_FORM = ("give a dict with a name for each letter", "the run {} is still missing")


@exercise("08.first_sign", "which sign moved first?", difficulty=2, minutes=10)
def first_sign(answer) -> None:
    """`{letter: sign}` for three runs: the vital sign that left its band first."""
    filled(answer, THREE, *_FORM)
    for letter in THREE:
        one_of(answer[letter], [sign.name for sign in SIGNS], "the vital signs ")
        before = f"in run {letter} another sign moves before the {answer[letter]}"
        first = answer[letter] in first_signs(MYSTERY[letter], within=1)
        require(first, f"{before}: compare the steps from which the lines stay outside the grey")


@exercise("08.diagnosis", "seven runs, seven diagnoses", difficulty=3, minutes=15)
def diagnosis(answer) -> None:
    """`{letter: diagnosis}` for all runs without a name; the message says how many are right and shows evidence."""
    filled(answer, MYSTERY, *_FORM)
    for letter in MYSTERY:
        one_of(answer[letter], DIAGNOSES)
    wrong = [letter for letter in MYSTERY if answer[letter] != diagnosis_of(letter)]
    if not wrong:
        return
    letter = wrong[0]
    score = f"{len(MYSTERY) - len(wrong)} of {len(MYSTERY)} are right"
    given, first = answer[letter], first_signs(MYSTERY[letter]) if diagnosis_of(letter) != HEALTHY else []
    if not first:
        raise Wrong(f"{score}; in run {letter} nothing leaves its band, and {given} would have moved something")
    if given == HEALTHY:
        raise Wrong(f"{score}; run {letter} is not healthy: its {first[0]} leaves the band")
    expected, true = FAULTS[given][1], FAULTS[diagnosis_of(letter)][1]
    shows = f"{given} shows in the {expected.sign} ({expected.side})"
    raise Wrong(f"{score}; {shows}, and what marks run {letter} is its {true.sign} ({true.side})")
