"""What the warm-ups learn from: the (prompt, completion) texts of an environment's grammar, in all forms of its tasks.

No human data: every text is written by a grammar, and every value in it comes from running or sensing it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Set

from azr_nb.environments.python_programs.corpus import INPUTS, Case, case_task, held_out_keys, warm_up_cases
from azr_nb.environments.python_programs.grammar import relative
from azr_nb.environments.python_programs.messages import hint
from azr_nb.environments.things import scene_grammar
from azr_nb.environments.things.grammar import path_task, places, random_steps, warm_up_paths
from azr_nb.environments.things.scenes import SIDE, Scene, features, sense, spell, spell_place
from azr_nb.environments.things.thoughts import led, look, solution
from azr_nb.environments.things.verifier import MOST_STEPS, Rules, validate
from azr_nb.prompts.compact import CompactFormat
from azr_nb.prompts.things import CompactThings
from azr_nb.tasks import DIFFERENCE, TASK_TYPES, Proposal, Task


def case_texts(
    case: Case, earlier: list[Case], rng: random.Random, prompt_format: CompactFormat, held_out: Set[str]
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
            texts.append((prompt_format.solve_prompt(task), prompt_format.answer_text("deduction", *solution(task))))
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


TOURS, LOOKS = 0.35, 16  # share of texts that are tours, and how many look-ups or steps each has
# of the other texts, up to which share a task is solved, proposed anew, and gone on from; the rest build on a thing
SOLVED, ANEW, GONE_ON = 0.77, 0.83, 0.93
TAIL = 0.06  # share of solved deductions and abductions whose movement is longer than those of the style


def scenes_texts(seed: int, count: int, progress: bool = True) -> list[tuple[str, str]]:
    """The warm-up corpus of scenes: `count` texts about things that no held-out suite has.

    The first ones are tours: they say what is at a place and what that is when it is turned, or where each step leads,
    many times in one text. A small model learns this from nothing else in reasonable time. Then come tasks, most of
    them solved; a few movements are longer than the style's, so that self-play finds some that are answered now and
    then.
    """
    from tqdm import tqdm

    prompt_format, rng, own = CompactThings(), random.Random(f"texts {seed}"), scene_grammar.STYLES["own"]
    texts: list[tuple[str, str]] = []
    earlier: list[Task] = []
    bar = tqdm(total=count, desc="texts", disable=not progress, mininterval=2)
    while len(texts) < count:
        scene = scene_grammar.random_scene(rng, own)
        if not scene_grammar.new_to_suites(scene):
            continue
        if len(texts) < TOURS * count:
            text = _tour(rng, scene, prompt_format)
        else:
            text = _scene_text(rng, scene, prompt_format, earlier)
        texts += [text] if text is not None else []
        bar.update(text is not None)
    bar.close()
    return texts


def _tour(rng: random.Random, scene: Scene, prompt_format: CompactThings) -> tuple[str, str]:
    """A task whose scratchpad looks up one place after the other, or walks through the frame and often turns back."""
    nodes, said = features(scene), []
    if rng.random() < 0.5:
        for _ in range(LOOKS):
            place = rng.choice(list(nodes)) if rng.random() < 0.8 else (rng.randrange(SIDE), rng.randrange(SIDE))
            said += look(scene, place)
    else:
        here, back = scene.place, True
        for _ in range(LOOKS):
            step = rng.choice([step for step in "nesw" if scene_grammar.inside(led(scene, here, step))])
            there = led(scene, here, step)
            said += [*([spell_place(here)] if back else []), step, spell_place(there)]
            back = rng.random() < 0.5
            here = here if back else there
    task = Task("deduction", spell(scene), (("", sense(scene, "")),))
    return prompt_format.solve_prompt(task), prompt_format.answer_text("deduction", task.output, said)


def _scene_text(
    rng: random.Random, scene: Scene, prompt_format: CompactThings, earlier: list[Task]
) -> tuple[str, str] | None:
    """A text of a random task about a scene, which is solved or proposed; None if there is no such task.

    A proposal's references come from `earlier`, to which its task is added.
    """
    own, roll = scene_grammar.STYLES["own"], rng.random()
    task_type = rng.choices((*TASK_TYPES, DIFFERENCE), (3, 4, 2, 1))[0]
    proposal = scene_grammar.random_proposal(rng, task_type, scene, own)
    if roll < SOLVED and task_type in ("deduction", "abduction") and rng.random() < TAIL:
        proposal = Proposal(task_type, proposal.program, (scene_grammar.random_walk(rng, scene, _beyond(rng, own)),))
    task, _ = validate(proposal, Rules(nothing=1.0) if roll < SOLVED else Rules())
    if task is None:
        return None
    if roll < SOLVED or task_type == DIFFERENCE:
        return prompt_format.solve_prompt(task), prompt_format.answer_text(task_type, *solution(task))
    if task_type == "induction":
        return prompt_format.propose_prompt(task_type, [task]), prompt_format.proposal_text(proposal)
    earlier[:] = [*earlier[-15:], task]
    if roll < ANEW:
        references = [rng.choice(earlier[:-1] or earlier)]
        return prompt_format.propose_prompt(task_type, references), prompt_format.proposal_text(proposal)
    added = ""
    if roll < GONE_ON:
        helper, steps = task, len(task.input)
        longer = scene_grammar.random_walk(rng, scene, steps + rng.choice((1, 2)), begin=task.input)
        added, proposal = longer[steps:], Proposal(task_type, task.program, (longer,), helpers=1)
    else:
        helper = rng.choice(earlier)
        built = scene_grammar.with_part(rng, helper.program, own)
        if built is None or not scene_grammar.new_to_suites(built):
            return None
        path = scene_grammar.random_movement(rng, built, own.steps, nothing=task_type == "deduction")
        proposal = Proposal(task_type, spell(built), (path,), helpers=1)
    if validate(proposal, Rules())[0] is None:
        return None
    return prompt_format.propose_prompt(task_type, [], [helper]), prompt_format.proposal_text(proposal, added)


def _beyond(rng: random.Random, style: scene_grammar.Style) -> int:
    """How many steps a movement of the tail has: one more than the style's, each further with a chance of a third."""
    steps = style.steps + 1
    while steps < MOST_STEPS and rng.random() < 1 / 3:
        steps += 1
    return steps
