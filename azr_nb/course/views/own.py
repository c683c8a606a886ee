"""A program of the reader's own, solved by several policies side by side, with the verifier's verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from azr_nb.config import make_config
from azr_nb.environments.base import Environment
from azr_nb.environments.python_programs.suites import spelt
from azr_nb.policy.roles import Roles
from azr_nb.runs.pages import Page, pre, table
from azr_nb.tasks import Proposal


def side_by_side(
    program: str, given: str, policies: Mapping[str, object], environment: Environment, samples: int = 8
) -> Page:
    """What each policy answers, greedy and sampled, when it is asked for the output of a program.

    A program or an input that the verifier refuses, or that the tiny policy's tokens cannot spell, gives the reason
    instead. The text runs in the sandbox only.
    """
    (task, verdict), *_ = environment.validate([Proposal("deduction", program.strip(), (given.strip(),))])
    if task is None:
        return Page(f"<b>{verdict.status}</b> {pre(verdict.reason)}")
    rows = []
    for name, policy in policies.items():
        roles = Roles(make_config("classroom"), policy, environment)
        if not spelt([task], policy.tokenizer, roles.prompt_format):
            return Page("The tiny policy has no tokens for a character of this task. Take plain letters and digits.")
        greedy = roles.solve([task], 1, "own", temperature=0.0)[0][0]
        drawn = roles.solve([task], samples, "own")[0]
        liked = Counter(r.answer if r.answer is not None else "malformed" for r in drawn).most_common(3)
        rows.append(
            (
                name,
                Page(pre(greedy.completion)),
                greedy.verdict.status,
                f"{sum(r.verdict.ok for r in drawn)} of {samples}",
                ", ".join(f"{text} ({count})" for text, count in liked),
            )
        )
    head = ("policy", "greedy answer", "verdict", "right samples", "sampled answers")
    return Page(f"The right output is <b>{pre(task.output)}</b>{table(head, rows)}")
