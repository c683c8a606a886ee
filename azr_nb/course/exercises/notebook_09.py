"""Checks of notebook 09."""

import math
import numbers

from azr_nb.course.exercises.core import Wrong, exercise, filled, require, short
from azr_nb.environments.python_programs.verifier import check, validate
from azr_nb.executor import Executor
from azr_nb.rewards import RewardRecord, learnability
from azr_nb.tasks import Proposal, Verdict

FIELDS = ("name", "formula", "reward", "game", "seeds")


def classmate(record: RewardRecord) -> float:
    """A classmate's reward: the share of different answers among all, since disagreement shows that a task is hard."""
    return len(set(record.answers)) / len(record.answers) if record.answers else 0.0


@exercise("09.card", "publish a reward card", difficulty=2, minutes=15)
def card(answer) -> None:
    """A dict with name, formula, reward (a function of the solve rate), game, and seeds (changes in points)."""
    given = {name: value for name, value in answer.items() if value != ""} if isinstance(answer, dict) else answer
    filled(given, FIELDS, "a card is a dict", "the card has no {} yet")
    pays = answer["reward"]
    require(callable(pays), "reward is a function of the solve rate")
    values = {}
    for k in range(9):
        try:
            values[k / 8] = pays(k / 8)
        except Exception as error:  # a learner's function
            raise Wrong(f"at the solve rate {k / 8:g} your reward raises {type(error).__name__}: {error}") from error
        value, where = values[k / 8], f"at the solve rate {k / 8:g} your reward is {short(values[k / 8])}"
        fine = isinstance(value, numbers.Real) and math.isfinite(value) and -1 <= value <= 1
        require(fine, f"{where}: give a finite number between -1 and 1")
    require(len(set(values.values())) > 1, "your reward pays the same at every solve rate: it says nothing")
    new = any(abs(values[rate] - learnability(rate)) > 1e-9 for rate in values)
    require(new, "that is learnability itself, which has a card already: change something")
    told = len(str(answer["game"]).split()) >= 5
    require(told, "say in a sentence what a proposer would write to be paid without teaching: at least five words")
    seeds = answer["seeds"]
    listed = isinstance(seeds, (list, tuple)) and all(isinstance(value, numbers.Real) for value in seeds)
    require(listed, "seeds are numbers, one change in points for each seed")
    require(len(seeds) >= 2, "one seed is an anecdote: give the changes of two seeds at least")


@exercise("09.game", "game a classmate's reward", difficulty=2, minutes=10)
def game(answer) -> None:
    """A dict with program, input and eight answers: paid 0.9 or more by `classmate`, and nobody is right."""
    filled(answer, ("program", "input", "answers"), "give a dict with program, input and answers")
    answers = tuple(answer["answers"]) if isinstance(answer["answers"], (list, tuple)) else ()
    require(len(answers) == 8 and all(isinstance(text, str) for text in answers), "give eight answers, as texts")
    with Executor() as executor:
        task, verdict = validate([Proposal("deduction", str(answer["program"]), (str(answer["input"]),))], executor)[0]
        require(task is not None, f"the judge makes no task of it: {verdict.reason}")
        right = sum(v.ok for v in check([task] * 8, list(answers), executor))
    record = RewardRecord("propose", "deduction", Verdict("ok"), right / 8, program=task.program, answers=answers)
    paid = classmate(record)
    require(paid >= 0.9, f"it is paid {paid:.2f}; at least 0.9 is wanted: the more the answers differ the better")
    learn = f"{right} of 8 answers are right, so that the solver may learn something"
    require(right == 0, f"{learn}; choose a program that nobody can follow, and answers that miss")
