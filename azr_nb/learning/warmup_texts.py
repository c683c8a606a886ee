"""What the warm-ups learn from: the (prompt, completion) texts of an environment's grammar, in all forms of its tasks.

No human data: every text is written by a grammar, and every value in it comes from running or sensing it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from azr_nb.environments.python_programs.corpus import INPUTS, Case, case_task, held_out_keys, warm_up_cases
from azr_nb.environments.python_programs.grammar import relative
from azr_nb.environments.python_programs.messages import hint
from azr_nb.environments.things.grammar import path_task, places, random_steps, warm_up_paths
from azr_nb.prompts.compact import CompactFormat
from azr_nb.prompts.things import CompactThings
from azr_nb.tasks import Proposal, Task


def case_texts(
    case: Case, earlier: list[Case], rng: random.Random, prompt_format: CompactFormat, held_out: set[str]
) -> Iterator[tuple[str, str]]:
    """The (prompt, completion) texts that one case gives: solver forms, then proposer forms.

    No text shows a program whose text is in `held_out`.
    """
    for which in (0, 1):
        task = case_task(case, "deduction", which=which)
        pad = case.scratchpads[which]
        yield prompt_format.solve_prompt(task), prompt_format.answer_text("deduction", task.output, pad)
    last = len(case.inputs) - 1
    task = case_task(case, "abduction", which=last)
    yield prompt_format.solve_prompt(task), prompt_format.answer_text("abduction", task.input, case.scratchpads[last])
    if len(case.inputs) == INPUTS:
        task = case_task(case, "induction", hint(case.program))
        if rng.random() < 0.6:  # the longest texts, and the type that is learned first
            yield prompt_format.solve_prompt(task), prompt_format.answer_text("induction", case.program)
        if rng.random() < 0.3 and len(set(case.outputs)) > 1:
            prompt = prompt_format.propose_prompt("induction", [task])
            yield prompt, prompt_format.proposal_text(Proposal("induction", case.program, case.inputs, task.message))
    if rng.random() < 0.6 and earlier:
        task_type = rng.choice(("deduction", "abduction"))
        references = [case_task(one, task_type) for one in rng.sample(earlier, min(len(earlier), rng.choice((1, 2))))]
        near = relative(rng, case.sample)
        if rng.random() < 0.5 and near not in held_out:
            references[0] = Task(task_type, near, case_task(case, task_type, which=last).pairs)
        proposal = Proposal(task_type, case.program, (case.inputs[0],))
        yield prompt_format.propose_prompt(task_type, references), prompt_format.proposal_text(proposal)


def python_texts(seed: int, count: int, progress: bool = True) -> list[tuple[str, str]]:
    """The warm-up corpus: shuffled (prompt, completion) texts from `count` cases."""
    from tqdm import tqdm

    prompt_format, rng = CompactFormat(num_inputs=INPUTS), random.Random(f"texts {seed}")
    texts: list[tuple[str, str]] = []
    earlier: list[Case] = []
    held_out, _ = held_out_keys()
    stream = warm_up_cases(seed, count)
    for case in tqdm(stream, total=count, desc="cases", disable=not progress, mininterval=2):
        texts.extend(case_texts(case, earlier, rng, prompt_format, held_out))
        earlier = [*earlier[-15:], case]
    rng.shuffle(texts)
    return texts


def things_texts(seed: int, count: int, progress: bool = True) -> list[tuple[str, str]]:
    """The warm-up corpus of things: `count` texts about paths, of which one in ten proposes a path, and one in ten goes
    on from one.
    """
    prompt_format, rng, paths = CompactThings(), random.Random(f"texts {seed}"), warm_up_paths(seed)
    texts: list[tuple[str, str]] = []
    while len(texts) < count:
        roll, (program, path) = rng.random(), next(paths)
        task = path_task(program, path)
        if roll < 0.8:
            *passed, last = places(program, path)
            texts.append((prompt_format.solve_prompt(task), prompt_format.answer_text("deduction", last, passed)))
        elif roll < 0.9:
            other = path_task(*next(paths))
            proposal = Proposal("deduction", program, (path,))
            prompt = prompt_format.propose_prompt("deduction", [other])
            texts.append((prompt, prompt_format.proposal_text(proposal)))
        else:
            end = places(program, path)[-1]
            added = random_steps(rng, int(end[0]), int(end[1]), rng.choice((1, 2)))
            proposal = Proposal("deduction", program, (path + added,), helpers=1)
            texts.append(
                (prompt_format.propose_prompt("deduction", [], [task]), prompt_format.proposal_text(proposal, added))
            )
    return texts
