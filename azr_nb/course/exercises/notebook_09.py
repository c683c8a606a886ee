"""Checks of notebook 09."""

import math
import numbers

from azr_nb.course.exercises.core import Wrong, exercise, filled, require, short
from azr_nb.environments.python_programs.verifier import check, validate
from azr_nb.executor import Executor
from azr_nb.rewards import RewardRecord, get_reward
from azr_nb.runs.study import difference
from azr_nb.tasks import Proposal, Verdict

FIELDS = ("arm", "reward", "game", "claim")
CARDS = ("easy", "inverse")  # recorded rewards of the solve rate alone that have no card yet
CLAIMS = ("better than a coin", "worse than a coin", "not told from a coin")


def classmate(record: RewardRecord) -> float:
    """A classmate's reward: the share of different answers among all, since disagreement shows that a task is hard."""
    return len(set(record.answers)) / len(record.answers) if record.answers else 0.0


@exercise("09.card", "publish a reward card", difficulty=2, minutes=15)
def card(answer) -> None:
    """A dict with arm, reward (a function of the solve rate), game, and a claim that the recorded runs bear out."""
    given = {name: value for name, value in answer.items() if value != ""} if isinstance(answer, dict) else answer
    filled(given, FIELDS, "a card is a dict", "the card has no {} yet")
    arm = str(answer["arm"])
    require(arm in CARDS, f"{short(answer['arm'])} has no recorded runs without a card: take {' or '.join(CARDS)}")
    _pays_like(answer["reward"], arm)
    told = len(str(answer["game"]).split()) >= 5
    require(told, "say in a sentence what a proposer would write to be paid without teaching: at least five words")
    require(answer["claim"] in CLAIMS, f"a claim is one of {', '.join(map(repr, CLAIMS))}")
    against = difference(f"things-whole-{arm}", "things-whole-coin", "greedy")
    true = CLAIMS[2] if not against.clear else CLAIMS[0] if against.low > 0 else CLAIMS[1]
    found = f"{arm} minus coin is {against.mean:+.1f} points, 95 % interval {against.low:+.1f} to {against.high:+.1f}"
    require(
        answer["claim"] == true,
        f"{found}: what does an interval say that {'leaves out' if against.clear else 'has'} 0?",
    )


def _pays_like(pays, arm: str) -> None:
    """Raise `Wrong` unless a function of the solve rate is the reward that made an arm."""
    require(callable(pays), "reward is a function of the solve rate")
    for k in range(9):
        rate, where = k / 8, f"at the solve rate {k / 8:g} your reward"
        try:
            value = pays(rate)
        except Exception as error:  # a learner's function
            raise Wrong(f"{where} raises {type(error).__name__}: {error}") from error
        fine = isinstance(value, numbers.Real) and math.isfinite(value)
        require(fine, f"{where} is {short(value)}: give a finite number")
        want = get_reward("proposer", arm).function(RewardRecord("propose", "deduction", Verdict("ok"), rate))
        require(abs(value - want) < 1e-9, f"{where} is {value:g}, and the runs of {arm} were paid {want:g}")


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
