"""Televisions: deterministic programs whose outputs are noise to the solver, and how many of them a run proposes.

The noisy television of the large-scale study of curiosity (Burda et al. 2018, arXiv 1808.04355, section 5) shows
random pictures. A program cannot be random here, since the verifier refuses that. But a value mixed over a list and
taken modulo a small number has few outcomes, and which one it is the tiny policy cannot tell: it is a die with so many
sides. `television` seeds a share of the buffers with such programs. No suite has one.
"""

from __future__ import annotations

import ast
import math
import random
from collections import Counter
from collections.abc import Sequence

from azr_nb.environments.python_programs.grammar import sample_value
from azr_nb.environments.python_programs.messages import hint
from azr_nb.programs.syntax import FAILURES, read
from azr_nb.tasks import Proposal

SIDES = (2, 6)  # fewest and most outcomes
LARGEST = 12  # the largest number that counts as few outcomes in a program of a policy's own
INPUTS = 64  # fresh ones, on which outputs are compared with noise


def television(rng: random.Random) -> str:
    """A program that mixes a list into one of few numbers."""
    factor, start, sides = rng.randint(7, 91), rng.randint(1, 9), rng.randint(*SIDES)
    lines = [f"c = {start}", "for x in a:", f"    c = c * {factor} % 97 + x", f"return c % {sides}"]
    return "def f(a):\n" + "\n".join(f"    {line}" for line in lines)


def television_proposal(rng: random.Random, task_type: str, inputs: int = 6) -> Proposal:
    """A television as a proposal of a task type, with inputs of its own."""
    program, given = television(rng), []
    while len(given) < (inputs if task_type == "induction" else 1):
        value = repr([rng.randint(0, 9) for _ in range(rng.randint(2, 5))])
        given += [value] if value not in given else []
    return Proposal(task_type, program, tuple(given), hint(program) if task_type == "induction" else "")


def looks_like_one(program: str) -> bool:
    """Whether a program gives back a value that a loop changes, modulo a small number; judged by its syntax alone."""
    try:
        tree = read(program)
    except FAILURES:
        return False
    looped = {
        node.id
        for loop in ast.walk(tree)
        if isinstance(loop, (ast.For, ast.While))
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    last = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mod)
        and isinstance(node.right, ast.Constant)
        and isinstance(node.right.value, int)
        and 1 < node.right.value <= LARGEST
        and {name.id for name in ast.walk(node.left) if isinstance(name, ast.Name)} & looped
        for value in last
        for node in ast.walk(value)
    )


def noise(outputs: Sequence[str], pass_rate: float) -> bool:
    """Whether outputs on fresh inputs are noise to a solver: spread as evenly as a die's, and guessed no better.

    Entropy of at least 0.9 log k for k outcomes, and a pass rate of at most the commonest outcome's share plus 0.1.
    """
    counts = Counter(outputs)
    if len(counts) < 2:
        return False
    shares = [count / len(outputs) for count in counts.values()]
    entropy = -math.fsum(share * math.log(share) for share in shares)
    return entropy >= 0.9 * math.log(len(counts)) and pass_rate <= max(shares) + 0.1


def fresh_inputs(rng: random.Random, count: int = INPUTS) -> list[str]:
    """Lists of digits, as the warm-up's grammar draws them."""
    return [repr(sample_value(rng, "list")) for _ in range(count)]
