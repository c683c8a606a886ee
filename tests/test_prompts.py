"""The prompt formats of language models: what prompts hold, and which completions are taken or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.environments.python_programs.verifier import check
from azr_nb.executor import Job
from azr_nb.prompts import CompactFormat, FewshotFormat, R1Format, Unparsable
from azr_nb.prompts.base import LONGEST, spoken, whole_program
from azr_nb.prompts.fewshot import EXAMPLES
from azr_nb.prompts.r1 import TAGS, fence
from azr_nb.tasks import ALL_TASK_TYPES, ERROR, Task

PROGRAM = "def f(a):\n    return a * 2"
PAIRS = tuple((str(i), str(2 * i)) for i in range(4))
TASKS = {
    "deduction": Task("deduction", PROGRAM, PAIRS[3:]),
    "abduction": Task("abduction", PROGRAM, PAIRS[3:]),
    "induction": Task("induction", PROGRAM, PAIRS, 2, "doubles its argument"),
    ERROR: Task(ERROR, PROGRAM, (("None", "TypeError"),)),
}
HELPER = Task("deduction", "def f(x):\n    return x - 1", (("5", "4"),))


def prompt_formats() -> list:
    chat = lambda messages: f"<user>{messages[0]['content']}</user><assistant>"  # noqa: E731
    return [FewshotFormat(3), R1Format(3), R1Format(3, template=chat)]


def test_the_examples_are_true(executor):
    jobs = [Job(example.program, [call for call, _ in example.pairs]) for example in EXAMPLES]
    for example, result in zip(EXAMPLES, executor.run(jobs), strict=True):
        assert [one.text for one in result.outcomes] == [output for _, output in example.pairs]
        assert len(set(example.pairs)) == len(example.pairs) >= 6


@pytest.mark.parametrize("prompt_format", prompt_formats(), ids=["fewshot", "r1", "r1-chat"])
@pytest.mark.parametrize("kind", ALL_TASK_TYPES)
def test_a_prompt_holds_what_it_may_and_not_the_answer(prompt_format, kind):
    task = TASKS[kind]
    text = prompt_format.solve_prompt(task)
    asked = text.rpartition("\n\n")[2] if prompt_format.name == "fewshot" else text  # behind the examples
    shown, hidden = {
        "deduction": ([task.program, task.input], ["== 6"]),
        "abduction": ([task.program, task.output], ["f(3)"]),
        "induction": (["doubles its argument", *(f"{o}" for _, o in task.pairs[:2])], ["return a * 2", "f(3)"]),
        ERROR: ([task.program, "None"], ["TypeError"]),
    }[kind]
    assert all(part in asked for part in shown) and not any(part in asked for part in hidden)
    proposing = prompt_format.propose_prompt(kind, [task])
    assert task.program in proposing and (
        "f(3)" in proposing or prompt_format.name == "r1" or kind in ("induction", ERROR)
    )
    if kind != "induction":
        composite = prompt_format.propose_prompt(kind, [task], [HELPER])
        assert "g_0" in composite and "return x - 1" in composite


@pytest.mark.parametrize(
    "prompt_format", [CompactFormat(), *prompt_formats()], ids=["compact", "fewshot", "r1", "r1-chat"]
)
@pytest.mark.parametrize(
    "kind, answer",
    [
        ("deduction", "[1, ') ==']"),
        ("abduction", "') == 3', [2]"),
        ("abduction", "1"),
        ("induction", PROGRAM),
        (ERROR, "TypeError"),
    ],
)
def test_an_answer_comes_back_from_its_text(prompt_format, kind, answer):
    text = prompt_format.answer_text(kind, answer)
    assert prompt_format.parse_answer(kind, text) == answer


def test_recorded_answers_of_a_real_benchmark_come_back(shared_data, executor):
    rows = [json.loads(line) for line in (shared_data / "cruxeval_dev.jsonl").read_text().splitlines()]
    for prompt_format in prompt_formats()[:2]:
        for kind, key in (("deduction", "output"), ("abduction", "input")):
            read = [prompt_format.parse_answer(kind, prompt_format.answer_text(kind, row[key])) for row in rows]
            assert read == [row[key].strip() for row in rows]
    tasks = [Task("deduction", row["code"], ((row["input"], row["output"]),)) for row in rows]
    answers = [prompt_formats()[0].parse_answer("deduction", f" {row['output']}") for row in rows]
    assert all(verdict.ok for verdict in check(tasks, answers, executor))


# --- few-shot --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "kind, text, found",
    [
        ("deduction", "(a):\n    return a\nf(3)", ("def f(a):\n    return a", ("3",))),
        ("deduction", "(a):\n    # why\n    return a  # so\nf('x', [1])\n", ("def f(a):\n    return a", ("'x', [1]",))),
        ("deduction", "(a):\n    return a", "is not a call of f"),
        ("deduction", "(a):\n    return a\nprint(f(3))", "is not a call of f"),
        ("deduction", "f(3)", "go on with the parameters"),
        ("deduction", "ind(a):\n    return a\nf(3)", "go on with the parameters"),
        ("deduction", "(a)\n    return a\nf(3)", "not a Python program"),
        ("deduction", "(a):\n    return a\ndef g(b):\n    return b\nf(3)", "not exactly one function"),
        ("deduction", f"(a):\n    return '{'x' * LONGEST}'\nf(3)", "longer than"),
        ("deduction", "", "is not a call of f"),
        ("induction", " doubles\nf(1)\nf(2)\nf('a')", (PROGRAM, ("1", "2", "'a'"))),
        ("induction", " doubles\nf(1)\nf(2)\nf('a')\nf(9)\n# and more", (PROGRAM, ("1", "2", "'a'"))),
        ("induction", " doubles\nf(1)\nf(2)", "2 calls instead of 3"),
        ("induction", "\nf(1)\nf(2)\nf(3)", "no words on what"),
        ("induction", " doubles\nf(1)\ndef f(a):\nf(2)", "is not a call of f"),
    ],
)
def test_fewshot_proposals(kind, text, found):
    parse = lambda: FewshotFormat(3).parse_proposal(kind, text, [TASKS["induction"]])  # noqa: E731
    if isinstance(found, str):
        with pytest.raises(Unparsable, match=found):
            parse()
    else:
        assert (parse().program, parse().inputs) == found


@pytest.mark.parametrize(
    "kind, text, found",
    [
        ("deduction", " 7", "7"),
        ("deduction", " [1, 2]\n", "[1, 2]"),
        ("deduction", "", None),
        ("deduction", " 1\n2", None),
        ("abduction", "(3) == 6", "3"),
        ("abduction", "(3, 'a') == 6  # so", "3, 'a'"),
        ("abduction", "(3)", None),
        ("abduction", " 3) == 6", None),
        ("abduction", "(') == ') == 6", "') == '"),
        ("abduction", "((1) == 2", "(1"),
        ("induction", "(a):\n    return a * 2", PROGRAM),
        ("induction", " (a):\n    return a", None),
        ("induction", "(a):\n    return", "def f(a):\n    return"),
        ("induction", "(a) return", None),
        (ERROR, " IndexError", "IndexError"),
    ],
)
def test_fewshot_answers(kind, text, found):
    if found is None:
        with pytest.raises(Unparsable):
            FewshotFormat(3).parse_answer(kind, text)
    else:
        assert FewshotFormat(3).parse_answer(kind, text) == found


# --- thoughts and answers --------------------------------------------------------------------------------------------
def said(*blocks: tuple[str, str], thoughts: str = " hm ") -> str:
    return f"{thoughts}</think>\n<answer>\n" + "\n".join(fence(*block) for block in blocks) + "\n</answer>"


@pytest.mark.parametrize(
    "text, found",
    [
        (said(("python", PROGRAM), ("input", "3")), (PROGRAM, ("3",))),
        (said(("python", PROGRAM), ("input", "3"), ("python", "x"), ("input", "4")), (PROGRAM, ("3",))),
        (
            said(("Python", "import math\n\ndef double(a):\n    return a * 2"), ("input", "3")),
            ("import math\n\ndef f(a):\n    return a * 2", ("3",)),
        ),
        (
            said(("python", "def g(n):\n    return g(n - 1) if n else 0"), ("input", "3")),
            ("def f(n):\n    return f(n - 1) if n else 0", ("3",)),
        ),
        (said(("python", PROGRAM)), "no input block"),
        (said(("input", "3")), "no python block"),
        (said(("python", "x = 1"), ("input", "3")), "no function"),
        (
            said(("python", "def g(a):\n    def f(b):\n        return b\n    return f(a)"), ("input", "3")),
            ("def f(a):\n\n    def f_1(b):\n        return b\n    return f_1(a)", ("3",)),
        ),
        (said(("python", "def f(a) return"), ("input", "3")), "not a Python program"),
        (said(("python", PROGRAM), ("input", "3")).replace("</think>", ""), "not closed with </think>"),
        (said(("python", PROGRAM), ("input", "3")).replace("<answer>", ""), "no <answer>"),
        (said(("python", PROGRAM), ("input", "3")).replace("</answer>", ""), "not closed with </answer>"),
        ("<think> " + said(("python", PROGRAM), ("input", "3")), "a tag stands where"),
        (said(("python", PROGRAM), ("input", "3")) * 2, "a tag stands where"),
        (said(("python", PROGRAM), ("input", "3")).replace("</think>", "</think> so"), "no <answer>"),
        ("", "not closed"),
    ],
)
def test_r1_proposals(text, found):
    parse = lambda: R1Format(3).parse_proposal("deduction", text, [])  # noqa: E731
    if isinstance(found, str):
        with pytest.raises(Unparsable, match=found):
            parse()
    else:
        assert (parse().program, parse().inputs) == found


def test_r1_induction_proposals():
    inputs = [("input", str(i)) for i in range(4)]
    proposal = R1Format(3).parse_proposal("induction", said(*inputs, ("message", "doubles")), [TASKS["induction"]])
    assert (proposal.program, proposal.inputs, proposal.message) == (PROGRAM, ("0", "1", "2"), "doubles")
    for blocks, words in ((inputs[:2], "2 input blocks"), (inputs, "no message")):
        with pytest.raises(Unparsable, match=words):
            R1Format(3).parse_proposal("induction", said(*blocks), [TASKS["induction"]])


@pytest.mark.parametrize(
    "kind, text, found",
    [
        ("deduction", said(("output", "7")), "7"),
        ("deduction", "</think><answer> 7 </answer>", "7"),
        ("deduction", said(("", "7")), "7"),
        ("deduction", said(("input", "1"), ("output", "7")), "7"),
        ("deduction", "</think><answer></answer>", None),
        ("deduction", "<answer>7</answer>", None),
        ("abduction", said(("input", "1, 'a'")), "1, 'a'"),
        ("induction", said(("python", PROGRAM)), PROGRAM),
        ("induction", f"</think><answer>{PROGRAM}</answer>", None),
        (ERROR, said(("output", "KeyError")), "KeyError"),
    ],
)
def test_r1_answers(kind, text, found):
    if found is None:
        with pytest.raises(Unparsable):
            R1Format(3).parse_answer(kind, text)
    else:
        assert R1Format(3).parse_answer(kind, text) == found


def test_a_template_that_opens_the_thoughts_is_not_doubled():
    opening = R1Format(3, template=lambda messages: "<assistant><think>\n")
    assert opening.solve_prompt(TASKS["deduction"]) == "<assistant><think>\n"


# --- any text --------------------------------------------------------------------------------------------------------
ODD = [
    *TAGS,
    "```",
    "```python\n",
    "```input\n",
    "(a):\n",
    "    return a\n",
    "f(3)",
    "\n",
    ") ==",
    "def f",
    "\x00",
    "(" * 300,
    "'''",
    "0" * 5000,
    "# f ",
]
PIECES = st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=8)), max_size=12).map("".join)


@given(PIECES, st.sampled_from(ALL_TASK_TYPES))
def test_whatever_a_model_writes_is_parsed_or_refused(text, kind):
    for prompt_format in (FewshotFormat(2), R1Format(2)):
        for parse in (
            lambda d: d.parse_proposal(kind, text, [TASKS["induction"]]),
            lambda d: d.parse_proposal(kind, text, [TASKS["induction"]], [HELPER]),
            lambda d: d.parse_answer(kind, text),
        ):
            try:
                parse(prompt_format)
            except Unparsable as error:
                assert str(error)


@pytest.mark.parametrize(
    "message, words",
    [("#* 3 #+ 2", "uses * 3 + 2"), ("#same", "gives back its argument"), ("adds 3", "adds 3"), ("", "")],
)
def test_messages_of_the_tiny_policy_are_put_into_words(message, words):
    assert spoken(message) == words


def test_a_whole_program_keeps_its_f():
    text = "def g(a):\n    return a\n\ndef f(b):\n    return g(b)"
    assert whole_program(text) == text


@pytest.mark.parametrize(
    "body",
    [
        "```python3\n{}\n```",
        "```Python\n{}\n```",
        "~~~python\n{}\n~~~",
        "````py title=x\n{}\n````",
        "``` python\n{}```",
        "The program: ```python\n{}\n```",
        "```\n{}\n```",
    ],
)
@pytest.mark.parametrize("indent", ["", "   ", "    "])
def test_a_program_is_found_in_every_fence(body, indent):
    import textwrap

    program = "def f(a):\n    return a * 2"
    text = textwrap.indent(body.format(program), indent) if indent else body.format(program)
    if indent == "   ":
        text = "1. This is it:\n\n" + text
    completion = f"</think>\n<answer>\n{text}\n</answer>"
    assert R1Format().parse_answer("induction", completion) == program


def test_helpers_in_blocks_of_their_own_are_not_lost():
    main, helper, test = "def f(a):\n    return g(a) + 1", "def g(a):\n    return a * 2", "print(f(3))"
    for order in ((main, helper, test), (helper, main, test), (test, helper, main)):
        completion = "</think><answer>" + "\n".join(fence("python", text) for text in order) + "</answer>"
        program = R1Format().parse_answer("induction", completion)
        space = {}
        exec(program, space)
        assert space["f"](3) == 7 and "print" not in program
    unused = "</think><answer>" + fence("python", main.replace("g(a)", "a")) + "\n" + fence("py", helper) + "</answer>"
    assert "def g" not in R1Format().parse_answer("induction", unused)


@pytest.mark.parametrize("prompt_format", [R1Format, FewshotFormat])
def test_comments_stay_where_they_are_to_stay(prompt_format):
    kept = "(a):\n    # a thought\n    return a * 2"
    if prompt_format is R1Format:
        text = f"</think><answer>{fence('python', 'def f' + kept)}\n{fence('input', '3')}</answer>"
    else:
        text = f"{kept}\nf(3)"
    assert "# a thought" in prompt_format(comments=False).parse_proposal("deduction", text, []).program
    assert "# a thought" not in prompt_format(comments=True).parse_proposal("deduction", text, []).program


@pytest.mark.parametrize(
    "text, found", [("(3)==6", "3"), ("(3)  == 6", "3"), ("('a) == b') == 'x'", "'a) == b'"), ("(')==')==1", "')=='")]
)
def test_an_assertion_needs_no_spaces(text, found):
    assert FewshotFormat().parse_answer("abduction", text) == found
