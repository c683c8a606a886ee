"""Tasks about scenes: the grammar against the verifier, held-out suites, floors, texts of the warm-up."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from azr_nb.config import ConfigError, make_config
from azr_nb.environments import Scenes, Things, environment_for
from azr_nb.environments.things import floors, scene_grammar
from azr_nb.environments.things.scenes import (
    NOTHING,
    PARTS,
    SIDE,
    check_scene,
    features,
    read_program,
    sense,
    spell,
    spell_place,
    turned_feature,
)
from azr_nb.environments.things.thoughts import solution
from azr_nb.environments.things.verifier import Rules, check, validate
from azr_nb.learning.warmup_texts import TOURS, scenes_texts
from azr_nb.prompts.base import Unparsable
from azr_nb.prompts.things import CompactThings, from_words, things_tokenizer
from azr_nb.tasks import DIFFERENCE, TASK_TYPES, Proposal, Task

STYLES = scene_grammar.STYLES
each_style = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)


def scenes_of(style, count: int = 40, seed: int = 0):
    rng = random.Random(seed)
    return [scene_grammar.random_scene(rng, style) for _ in range(count)]


# --- the grammar -----------------------------------------------------------------------------------------------------
@each_style
def test_scenes_are_valid_and_of_their_style(style):
    for scene in scenes_of(style):
        check_scene(scene)
        assert style.things[0] <= len(scene.wholes) <= style.things[1] and scene.turn in style.turns
        assert read_program(spell(scene)) == read_program(spell(read_program(spell(scene))))
    shares = [any(thing.name in PARTS for thing in scene.things) for scene in scenes_of(style, 100)]
    assert abs(sum(shares) / 100 - style.parts) < 0.2


@each_style
def test_movements_stay_in_the_frame_and_mostly_end_over_a_node(style):
    rng, over = random.Random(1), []
    for scene in scenes_of(style):
        path = scene_grammar.random_movement(rng, scene, style.steps)
        places = scene_grammar.passed(scene, path)
        assert 1 <= len(path) <= style.steps and all(0 <= x < SIDE and 0 <= y < SIDE for x, y in places)
        assert places[-1] != scene.place
        over.append(places[-1] in features(scene))
        assert len(scene_grammar.random_walk(rng, scene, 6)) == 6
    assert sum(over) > 0.7 * len(over)


@each_style
def test_most_random_proposals_of_every_type_are_valid(style):
    rng = random.Random(2)
    for task_type in (*TASK_TYPES, DIFFERENCE):
        made = [validate(scene_grammar.random_proposal(rng, task_type, s, style), Rules())[0] for s in scenes_of(style)]
        assert sum(task is not None for task in made) > (20 if task_type == DIFFERENCE else 28), task_type


def test_a_thing_with_a_part_uses_it():
    rng = random.Random(3)
    for scene in scenes_of(STYLES["own"], 20):
        built = scene_grammar.with_part(rng, spell(scene), STYLES["own"])
        if built is not None:
            check_scene(built)
            assert built.things[0].name == PARTS[0] and any(node.part for node in built.things[1].nodes)


# --- suites and floors -----------------------------------------------------------------------------------------------
def test_suites_have_tasks_that_their_own_solution_solves_and_no_proposal_repeats():
    environment = Scenes()
    for name in environment.suites:
        tasks = environment.suite(name)
        assert len(tasks) == (200 if name == DIFFERENCE else 600)
        assert {task.type for task in tasks} <= {*TASK_TYPES, DIFFERENCE}
        for task in tasks[::25]:
            answer, _ = solution(task)
            assert check(task, answer).ok, (task, answer)
    one = environment.suite("own")[0]
    ((task, verdict),) = environment.validate([Proposal(one.type, one.program, (one.input,))])
    assert task is None and verdict.status == "repeat"
    moved = read_program("A 00a^ 10b> 11c| 12do\nA@1:10")
    assert scene_grammar.new_to_suites(moved)


def test_cells_tell_turned_things_apart():
    environment = Scenes()
    cells = {environment.cell("own", task): task for task in environment.suite("own")}
    assert set(cells) == {f"{t} {how}" for t in TASK_TYPES for how in ("turned", "unturned")}
    assert all((read_program(task.program).turn > 0) == (" turned" in cell) for cell, task in cells.items())
    assert {environment.cell("frontier", t) for t in environment.suite("frontier")} == set("123456")


def test_floors_are_what_the_shortcuts_score():
    program = "A 00a^ 10b> 11c|\nA@1:00"
    deduction = Task("deduction", program, (("s", sense(read_program(program), "s")),))
    scene = read_program(program)
    assert deduction.output == "bv"
    # turned by a quarter, b> is bv; of three nodes one is sensed as bv; whoever forgets the turn meets nothing
    assert floors._any_node(deduction, scene) == pytest.approx(1 / 3)
    assert floors._nothing(deduction, scene) == floors._ignore_turn(deduction, scene) == 0
    assert floors._forget_mark(deduction, scene) == 0
    assert floors.best([("cell", deduction)]) == {"cell": pytest.approx(1 / 3)}
    abduction = Task("abduction", program, (("s", "bv"),))
    hits = sum(sense(scene, path) == "bv" for path in floors._SHORT)
    assert floors._random_movement(abduction, scene) == pytest.approx(hits / 84) and hits > 0
    both = Task(DIFFERENCE, "A 00a^ 10b> 11c|\nA@0:00", (("A@2:00", "a^"),))
    # n, e, s and w: at east the first has b and the second nothing; at west it is the other way round
    assert sense(read_program(both.program), "e") == "b>" and floors._toward_node(both, read_program(both.program)) == 1
    assert 0 < floors._any_difference(both, read_program(both.program)) < 1
    everywhere = Scenes().floors("own")
    # what forgets the turn is no shortcut where nothing is turned
    assert 0.2 < everywhere["deduction turned"] < 0.6 and 0.2 < everywhere["deduction unturned"] < 0.6


# --- texts and settings ----------------------------------------------------------------------------------------------
def test_texts_are_spelt_by_the_tokenizer_hold_right_answers_and_nothing_that_is_held_out():
    form, tokenizer = CompactThings(), things_tokenizer()
    texts = scenes_texts(0, 400, progress=False)
    assert texts == scenes_texts(0, 400, progress=False) and len(texts) == 400
    seen = set()
    for prompt, completion in texts[int(TOURS * 400) :]:
        role, task_type, *more = prompt.partition(" \n")[0].split(" ")
        seen.add((role, task_type, *more))
        ids = tokenizer(prompt + " " + completion)["input_ids"]
        assert tokenizer.unk_token_id not in ids
        if role == "solve":
            assert form.parse_answer(task_type, completion)
    roles = {("solve", t) for t in TASK_TYPES} | {("propose", t) for t in TASK_TYPES}
    assert seen >= roles | {("propose", "deduction", "with"), ("propose", "abduction", "with")}


def test_a_proposal_goes_on_from_a_movement_or_builds_on_its_thing():
    """The completion says which: steps alone are added to the shown movement, a thing has the shown one as its part."""
    form, program = CompactThings(), "A 00a^ 10b> 11c|\nA@1:10"
    helper = Task("deduction", program, (("n", "."),))
    assert form.propose_prompt("deduction", [], [helper]).split(" \n ")[0] == "propose deduction with"
    longer = form.parse_proposal("deduction", "e s", [], [helper])
    assert (longer.program, longer.inputs, longer.helpers) == (program, ("nes",), 1)
    built = form.parse_proposal("abduction", "B 00 c^ 10 K1 \n B @0 00 \n e", [], [helper])
    assert built.program == "K 00a^ 10b> 11c|\nB 00c^ 10K1\nB@0:00" and built.inputs == ("e",) and built.helpers == 1
    path = Task("deduction", "@0:12", (("n", "13"),))
    for text, helpers in (("", [helper]), ("A 00 a^ \n A @0 00 \n e", [helper]), ("A 00 a^ \n A @0 00 \n e", [path])):
        with pytest.raises(Unparsable):
            form.parse_proposal("deduction", text, [], helpers)


def test_few_deductions_may_ask_for_nothing():
    rng, made = random.Random(5), []
    for scene in scenes_of(STYLES["own"], 600):
        path = scene_grammar.random_walk(rng, scene, 3)
        if sense(scene, path) == NOTHING:
            proposal = Proposal("deduction", spell(scene), (path,))
            assert validate(proposal, Rules(nothing=1.0))[0] is not None
            assert validate(proposal, Rules(seeding=True))[0] is not None
            verdicts = [validate(proposal, Rules())[1] for _ in range(2)]
            assert verdicts[0] == verdicts[1]
            made.append(verdicts[0].status == "ok")
    assert len(made) > 40 and 0 < sum(made) / len(made) < 0.25


def test_a_walk_can_go_on_from_another():
    rng = random.Random(3)
    for scene in scenes_of(STYLES["own"]):
        begin = scene_grammar.random_movement(rng, scene, 3)
        path = scene_grammar.random_walk(rng, scene, len(begin) + 2, begin)
        assert path.startswith(begin) and len(path) == len(begin) + 2
        assert scene_grammar.inside(*scene_grammar.passed(scene, path))


def test_few_texts_have_movements_beyond_the_style():
    steps = [
        len(prompt.split("\n")[-2].split())
        for prompt, _ in scenes_texts(2, 3000, progress=False)
        if prompt.startswith("solve deduction")
    ]
    beyond = sum(length > STYLES["own"].steps for length in steps) / len(steps)
    assert 0 < beyond < 0.1 and max(steps) > STYLES["own"].steps + 1


def test_everything_that_a_scratchpad_says_of_the_scene_is_so():
    said = 0
    for prompt, completion in scenes_texts(1, 400, progress=False):
        role, task_type = prompt.split(" ")[:2]
        if role == "solve" and task_type in ("deduction", "abduction"):
            lines = [line.strip() for line in prompt.split("\n")]  # the role, the program, what is asked, the end
            scene = read_program(from_words(" \n ".join(lines[1:-2]).split(" ")))
            said += is_so(scene, completion.split(" ")[:-2] if task_type == "deduction" else completion.split(" "))
    assert said > 1000


def is_so(scene, words: list[str]) -> int:
    """Check each step (place, step, place) and each look (place, feature, turn, feature); returns how many."""
    here, number = None, 0
    for i, word in enumerate(words):
        if word == "=>":
            break
        if word in "nesw":
            there = scene_grammar.passed(replace(scene, place=here), word)[0]
            assert words[i + 1] == spell_place(there), (words, i)
            number += 1
        elif word.isdigit():
            here = (int(word[0]), int(word[1]))
        elif word == ".":
            assert here not in features(scene)
        elif word.startswith("@"):
            assert word == f"@{scene.turn}" and features(scene)[here] == words[i - 1]
            assert words[i + 1] == turned_feature(words[i - 1], scene.turn)
            number += 1
    return number


def test_a_proposal_with_a_part_is_read_back_and_must_use_it():
    form, helper = CompactThings(), Task("deduction", "A 22a^ 32b>\nA@0:22", (("e", "b>"),))
    shown = "propose deduction with \n A 22 a^ 32 b> \n A @0 22 \n e \n ###"
    assert form.propose_prompt("deduction", [], [helper]) == shown
    found = form.parse_proposal("deduction", "A 01 c| 02 K3 \n A @1 01 \n e", [], [helper])
    assert found.program == "K 00a^ 10b>\nA 01c| 02K3\nA@1:01" and found.helpers == 1
    task, verdict = validate(found, Rules())
    assert verdict.ok and form.proposal_text(found) == "A 01 c| 02 K3 \n A @1 01 \n e"
    with pytest.raises(ValueError, match="a part is not used"):
        form.parse_proposal("deduction", "A 01 c| 02 d^ \n A @1 01 \n n", [], [helper])


@pytest.mark.parametrize(
    ("made", "program"), [(Scenes, "@0:12"), (Things, "A 00a^ 10b>\nA@0:00"), (Things, "K 00a^\nA 00K0\nA@0:00")]
)
def test_programs_of_the_other_environment_are_refused(made, program):
    ((task, verdict),) = made().validate([Proposal("deduction", program, ("e",))])
    assert task is None and verdict.status == "forbidden"


@pytest.mark.parametrize("program", ["A 00A1\nA@0:00", "A 00K1\nA@0:00", "nonsense", "", "A@0:00"])
def test_programs_that_cannot_be_have_a_key_and_damaged_tasks_a_verdict(program):
    task = Task("deduction", program, (("e", "b>"),))
    assert Scenes().canonical(task) == Scenes(frames=True).key(task) == program
    assert not check(task, "a^").ok


def test_so_many_pairs_are_shown_as_the_settings_say():
    environment = environment_for(make_config("scenes", num_inputs=4, visible_inputs=1))
    assert environment.rules.visible == environment.seed_tasks()[-1].visible == 1
    assert environment_for(make_config("scenes", num_inputs=4)).rules.visible == 2


def test_settings_of_other_environments_are_refused():
    with pytest.raises(ConfigError, match="is a setting of the environment"):
        make_config("scenes", remove_prints=True)
    with pytest.raises(ConfigError, match="no gate that leaks"):
        make_config("scenes", gate_leak=0.5)
    with pytest.raises(ConfigError, match="task_types must be some of deduction"):
        make_config("things", task_types=["abduction"])
    assert environment_for(make_config("scenes")).name == "scenes"
