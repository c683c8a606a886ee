"""The environment of things: geometry, texts, the verifier against brute force, hostile proposals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.environments import Things
from azr_nb.environments.things import grammar
from azr_nb.environments.things.scene_grammar import random_thing
from azr_nb.environments.things.scenes import (
    MARKS,
    SIDE,
    Node,
    Refused,
    Scene,
    Thing,
    check_scene,
    features,
    form,
    hypotheses,
    memory_key,
    read_program,
    sense,
    spell,
    turned,
    turned_feature,
)
from azr_nb.environments.things.verifier import Rules, ambiguous, check, telling, validate
from azr_nb.prompts.things import CompactThings, from_words, things_tokenizer, to_words
from azr_nb.tasks import TYPES_OF, Proposal, Task

ONE = "A 00a^ 10b> 11c| 12do\nA@1:10"
PARTS = "K 00a^ 10b>\nA 00c| 10d- 02K1 11K0\nA@1:00"
paths = st.text("nesw", max_size=6)


@st.composite
def scenes(draw, wholes=(1, 3)):
    """A scene of random things, one of them there."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    things = []
    for name in "ABC"[: draw(st.integers(*wholes))]:
        nodes = random_thing(rng, rng.randint(1, 5))
        things.append(Thing(name, tuple(Node(place, feature) for place, feature in nodes.items())))
    thing = rng.choice(things)
    scene = Scene(tuple(things), thing.name, rng.randrange(4), rng.choice(thing.nodes).place)
    if len({form(features(scene, one.name)) for one in things}) < len(things):
        return draw(scenes(wholes))
    return scene


# --- geometry --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "program, expected",
    [
        (ONE, {"": "bv", "e": "c-", "ee": "do", "n": "a>", "nes": "c-", "w": "."}),
        (PARTS, {"e": "b<", "s": "d|"}),
        ("@0:12", {"": "12", "nnee": "34", "nsew": "12"}),
    ],
)
def test_what_is_sensed_in_the_worked_examples(program, expected):
    scene = read_program(program)
    check_scene(scene)
    assert {path: sense(scene, path) for path in expected} == expected


def test_a_thing_with_parts_has_their_features_turned():
    found = {f"{x}{y}{feature}" for (x, y), feature in features(read_program(PARTS)).items()}
    assert found == {"00c|", "10d-", "01bv", "02a>", "11a^", "21b>"}


@given(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), st.integers(-4, 4), st.integers(-4, 4))
def test_turns_add_up_and_four_are_none(place, a, b):
    assert turned(turned(place, a), b) == turned(place, a + b)
    assert turned(place, 4) == place == turned(turned(place, a), -a)


@pytest.mark.parametrize("mark", MARKS + "*")
def test_marks_turn_in_their_circles(mark):
    assert turned_feature("a" + mark, 4) == "a" + mark
    assert len({turned_feature("a" + mark, turn) for turn in range(4)}) == (
        4 if mark in "^>v<" else 2 if mark in "|-" else 1
    )


@given(scenes(), paths)
def test_any_spelling_of_a_scene_senses_the_same(scene, path):
    again = read_program(spell(scene))
    check_scene(again)
    assert sense(again, path) == sense(scene, path) and spell(again) == spell(scene)
    assert from_words(to_words(spell(scene)).split(" ")) == spell(scene)


@given(scenes((1, 1)), st.integers(0, 3), paths)
def test_a_thing_that_is_turned_in_its_frame_and_back_in_the_scene_senses_the_same(scene, turn, path):
    (thing,) = scene.things
    nodes = tuple(Node(turned(n.place, turn), turned_feature(n.content, turn)) for n in thing.nodes)
    other = Scene((Thing("A", nodes),), "A", (scene.turn - turn) % 4, turned(scene.place, turn))
    assert sense(other, path) == sense(scene, path)


@given(scenes((1, 1)), scenes((1, 1)), st.integers(0, 3), st.integers(-2, 2), st.integers(-2, 2))
def test_forms_are_equal_exactly_for_the_same_thing_moved_and_turned(one, two, turn, dx, dy):
    mine = features(one)
    moved = {}
    for place, feature in mine.items():
        x, y = turned(place, turn)
        moved[x + dx, y + dy] = turned_feature(feature, turn)
    assert form(moved) == form(mine)

    def alike(a, b):
        """By trying every turn and every displacement."""
        for t in range(4):
            around = {turned(place, t): turned_feature(feature, t) for place, feature in a.items()}
            for x in range(-2 * SIDE, 2 * SIDE + 1):
                for y in range(-2 * SIDE, 2 * SIDE + 1):
                    if {(i + x, j + y): feature for (i, j), feature in around.items()} == b:
                        return True
        return False

    assert (form(mine) == form(features(two))) == alike(mine, features(two))


def test_a_memory_has_one_key_whatever_its_frames_names_and_order():
    one = read_program("A 00a^ 10b>\nB 22co\nA@0:00")
    other = read_program("A 31co\nB 40a> 44b<\nB@2:40")  # the same two, the first of them not quite
    same = read_program("A 31co\nB 20a> 21b^\nA@0:31")
    turned_once = read_program("A 31co\nB 23a> 22bv\nA@0:31")
    assert memory_key(one) == memory_key(turned_once) != memory_key(other)
    assert memory_key(one) != memory_key(same)


# --- the verifier ----------------------------------------------------------------------------------------------------
def induction(scene, rng):
    inputs = list(dict.fromkeys("".join(rng.choice("nesw") for _ in range(rng.randint(0, 4))) for _ in range(8)))[:6]
    return Proposal("induction", spell(scene), tuple(inputs))


@given(scenes(), st.integers(0, 10**6))
def test_the_ambiguity_gate_equals_trying_every_answer(scene, seed):
    proposal = induction(scene, random.Random(seed))
    scene = read_program(proposal.program)
    pairs = [(path, sense(scene, path)) for path in proposal.inputs]
    answers = set()
    for thing in scene.wholes:
        for turn in range(4):
            for node in features(scene, thing.name):
                guess = Scene(scene.things, thing.name, turn, node)
                if all(sense(guess, path) == output for path, output in pairs[:3]):
                    answers.add(tuple(sense(guess, path) for path, _ in pairs[3:]))
    assert ambiguous(scene, pairs[:3], pairs[3:]) == (len(answers) > 1)
    task, verdict = validate(proposal, Rules())
    assert (task is None) == (len(pairs) < 4 or len({o for _, o in pairs}) < 2 or len(answers) > 1), verdict
    if task is not None:
        right = [
            guess
            for guess in hypotheses(scene)
            if check(task, f"{guess.name}@{guess.turn}:{guess.place[0]}{guess.place[1]}").ok
        ]
        assert right and scene.name in {guess.name for guess in right} and "@" not in task.message


@given(scenes((1, 2)), paths)
def test_abduction_takes_any_movement_that_reaches_the_goal(scene, path):
    task, verdict = validate(Proposal("abduction", spell(scene), (path,)), Rules())
    if task is None:
        assert verdict.reason
        return
    assert check(task, path).ok and check(task, path + "ns").ok
    assert not check(task, "n" * 13).ok and not check(task, "n+").ok


def test_two_scenes_are_told_apart_where_they_differ():
    program = "A 00a^ 10b> 11c|\nB 00a^ 10b> 11d|\nA@1:00"
    task, verdict = validate(Proposal("difference", program, ("B@1:00",)), Rules())
    assert verdict.ok and check(task, "se").ok and not check(task, "n").ok
    one, other = read_program(program), read_program(program.replace("A@", "B@"))
    assert all(check(task, path).ok for path in telling(one, other))
    same = validate(Proposal("difference", program, ("A@1:00",)), Rules())
    assert same[1].status == "forbidden" and "tells the two scenes apart" in same[1].reason


@pytest.mark.parametrize(
    "program, path, status",
    [
        ("@0:12", "", "forbidden"),
        ("@0:12", "wwwww", "forbidden"),
        ("@0:12", "n" * 17, "too_big"),
        ("@0:62", "n", "forbidden"),
        ("@1:12", "n", "forbidden"),
        ("@0:12", "north", "unparsable"),
        ("A 00a^\nA@0:00", "", "forbidden"),
        ("A 00a^\nA@0:00", "ns", "forbidden"),
        ("A 00a^ 00b>\nA@0:00", "n", "forbidden"),
        ("A 00a^\nA@0:11", "n", "forbidden"),
        ("A 05a^\nA@0:05", "n", "forbidden"),
        ("A 00a^\nA 10a^\nA@0:00", "n", "forbidden"),
        ("A 00a^\nB 30a>\nA@0:00", "n", "forbidden"),
        ("A 00A0\nA@0:00", "n", "forbidden"),
        ("K 00a^\nL 00K0\nA 00L0\nA@0:00", "n", "forbidden"),
        ("A 00K0\nA@0:00", "n", "forbidden"),
        ("K 00a^\nK@0:00", "n", "forbidden"),
        ("Z 00a^\nZ@0:00", "n", "unparsable"),
        ("A 00a*\nA@0:00", "n", "nondeterministic"),
        ("A " + " ".join(f"{i}{j}ao" for i in range(3) for j in range(3)) + "\nA@0:00", "n", "too_big"),
        ("A 00a^\nB 00b^\nC 00c^\nA@0:00\nA@0:00", "n", "unparsable"),
        ("A 00a^ 10b>", "n", "unparsable"),
        ("", "n", "unparsable"),
    ],
)
def test_what_a_deduction_proposal_may_not_be(program, path, status):
    task, verdict = validate(Proposal("deduction", program, (path,)), Rules())
    assert task is None and verdict.status == status and verdict.reason, verdict


def test_flicker_is_taken_where_nobody_asks_for_one_result():
    task, verdict = validate(Proposal("deduction", "A 00a^ 10b*\nA@0:00", ("e",)), Rules(determinism=False))
    assert verdict.ok and task.output == "b*" and check(task, "b^").ok and not check(task, "a^").ok


HOSTILE = [
    "x" * 10**6,
    "\0",
    "A " * 10**5,
    "A 00a^\n" * 10**4,
    "@0:12\n" * 200,
    "K 00K0\nA 00K0\nA@0:00",
    "\ud800",
    "٣",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("task_type", TYPES_OF["things"])
def test_a_hostile_text_costs_a_verdict_and_nothing_else(text, task_type):
    for program, given_inputs in ((text, ("n",) * 6), ("A 00a^ 10b>\nA@0:00", (text,) * 6)):
        task, verdict = validate(Proposal(task_type, program, given_inputs), Rules())
        assert task is None and not verdict.ok
    for task in (
        Task("deduction", "@0:12", (("n", "13"),)),
        Task("abduction", "A 00a^ 10b>\nA@0:00", (("e", "b>"),)),
        Task("induction", "A 00a^ 10b>\nA@0:00", (("e", "b>"), ("n", ".")), 1),
        Task("difference", "A 00a^ 10b> 11c|\nB 00a^ 10b> 11d|\nA@1:00", (("B@1:00", "a>"),)),
    ):
        assert not check(task, text).ok


# --- level 0 ---------------------------------------------------------------------------------------------------------
def test_the_frontier_is_the_same_each_time_and_stays_on_the_grid():
    tasks = grammar.frontier()
    assert tasks == grammar.frontier() and len(tasks) == len(grammar.FRONTIER) * grammar.PER_LENGTH
    things = Things()
    cells = [things.cell("frontier", task) for task in tasks]
    assert list(dict.fromkeys(cells)) == [str(length) for length in grammar.FRONTIER]
    for task in tasks:
        assert grammar.places(task.program, task.input)[-1] == task.output and len(task.output) == 2


def test_no_held_out_path_is_in_the_warm_up_or_becomes_a_task():
    stream = grammar.warm_up_paths(0)
    seen = {next(stream) for _ in range(20_000)}
    long = [task for task in grammar.frontier() if len(task.input) >= grammar.SHORTEST_HELD_OUT]
    assert not seen & {(task.program, task.input) for task in long}
    assert {len(path) for _, path in seen} == set(range(1, grammar.LONGEST + 1))
    ((task, verdict),) = Things().validate([Proposal("deduction", long[0].program, (long[0].input,))])
    assert task is None and verdict.status == "repeat"


def test_a_path_is_known_by_its_start_and_its_steps():
    things = Things()
    one, two = grammar.path_task("@0:22", "ne"), grammar.path_task("@0:22", "en")
    assert things.key(one) != things.key(two) == things.key(grammar.path_task("@0:22", "en"))


def test_a_leak_in_the_gate_lets_some_paths_off_the_grid_through():
    off = [Proposal("deduction", f"@0:{x}5", ("n" * n,)) for x in range(6) for n in range(1, 9)]
    assert all(task is None for task, _ in Things().validate(off))
    leaked = [task for task, _ in Things(leak=0.5).validate(off) if task is not None]
    assert 10 < len(leaked) < 38 and all(task.output == task.program[-2:] for task in leaked)  # they stay at the wall
    assert [t.id for t, _ in Things(leak=0.5).validate(off) if t] == [task.id for task in leaked]
    assert all(task is not None for task, _ in Things(leak=1.0).validate(off))
    on = Proposal("deduction", "@0:22", ("ne",))
    assert Things(leak=1.0).validate([on])[0][0].output == "33"


# --- the prompt format -----------------------------------------------------------------------------------------------
def test_prompts_are_spelt_by_the_tokenizer_and_answers_read_back():
    form, tokenizer, rng = CompactThings(), things_tokenizer(), random.Random(0)
    scene = read_program(PARTS)
    tasks = [
        grammar.path_task(*grammar.random_path(rng, 5)),
        Task("deduction", spell(scene), (("e", "b<"),)),
        Task("abduction", spell(scene), (("e", "b<"),)),
        Task(
            "induction",
            spell(scene),
            tuple((p, sense(scene, p)) for p in ("", "e", "s", "n")),
            2,
            spell(scene).rpartition("\n")[0],
        ),
        Task("difference", ONE, (("A@2:00", "bv"),)),
    ]
    for task in tasks:
        for prompt in (form.solve_prompt(task), form.propose_prompt(task.type, [task]), form.probe):
            ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
            assert tokenizer.decode(ids) == prompt and tokenizer.unk_token_id not in ids
        gold = {"deduction": task.output, "abduction": task.input, "induction": "A@1:00", "difference": "ne"}[task.type]
        assert form.parse_answer(task.type, form.answer_text(task.type, gold)) == gold


def test_a_proposal_goes_on_from_a_helper():
    form, helper = CompactThings(), grammar.path_task("@0:12", "nne")
    proposal = form.parse_proposal("deduction", " e s", [], [helper])
    assert proposal == Proposal("deduction", "@0:12", ("nnees",), helpers=1)
    whole = form.parse_proposal("deduction", " @0 31 \n s s w", [helper])
    assert whole == Proposal("deduction", "@0:31", ("ssw",))
    assert form.parse_proposal("deduction", form.proposal_text(whole), [helper]) == whole


@pytest.mark.parametrize("task_type", TYPES_OF["things"])
@given(text=st.text(max_size=60) | st.text("nesw @0123\nA=>ab^.f", max_size=40))
def test_reading_a_completion_gives_a_task_or_says_what_is_missing(task_type, text):
    from azr_nb.prompts import Unparsable

    form, reference = CompactThings(), Task("deduction", ONE, (("e", "c-"),))
    for parse in (
        lambda: form.parse_answer(task_type, text),
        lambda: form.parse_proposal(task_type, text, [reference]),
        lambda: form.parse_proposal(task_type, text, [reference], [reference]),
    ):
        try:
            parse()
        except Unparsable as error:
            assert str(error)


def test_a_refusal_is_one_line():
    with pytest.raises(Refused, match="not a scene") as error:
        read_program("nothing")
    assert error.value.verdict.status == "unparsable"
