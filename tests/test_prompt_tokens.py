"""The compact prompt format and its tokenizer: what goes in comes out, and no text whatsoever breaks a parser."""

from __future__ import annotations

import ast
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.environments.python_programs.grammar import HARDER, OWN, relative, sample_input, sample_program
from azr_nb.environments.python_programs.messages import hint
from azr_nb.prompts.compact import CompactFormat, Unparsable, tidy_program
from azr_nb.prompts.tokens import build_tokenizer
from azr_nb.tasks import TASK_TYPES, Proposal, Task

DIALECT = CompactFormat(num_inputs=3)
REFERENCE = Task("deduction", "def f(a):\n    return a", (("3", "3"),))
TOKENIZER = build_tokenizer()


@given(st.integers(0, 10**6), st.sampled_from([OWN, HARDER]))
def test_grammar_programs_are_one_spelling_and_survive_the_dialect(seed, style):
    rng = random.Random(seed)
    sample = sample_program(rng, style)
    assert ast.unparse(ast.parse(sample.program)) == sample.program
    ast.parse(relative(rng, sample))
    inputs = tuple(sample_input(rng, sample.argument_types) for _ in range(3))
    for kind in ("deduction", "abduction"):
        proposal = Proposal(kind, sample.program, inputs[:1])
        assert DIALECT.parse_proposal(kind, DIALECT.proposal_text(proposal), [REFERENCE]) == proposal
    proposal = Proposal("induction", REFERENCE.program, inputs, hint(sample.program))
    assert DIALECT.parse_proposal("induction", DIALECT.proposal_text(proposal), [REFERENCE]) == proposal
    text = DIALECT.propose_prompt("deduction", [Task("deduction", sample.program, ((inputs[0], "0"),))])
    assert TOKENIZER.decode(TOKENIZER(text)["input_ids"]) == text


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_tokens_give_back_printable_text(text):
    assert TOKENIZER.decode(TOKENIZER(text)["input_ids"]) == text


@given(
    st.one_of(st.text(max_size=300), st.sampled_from(["=> ", "\n", "f(", "def f(a):\n    return a\nf(3)"])),
    st.sampled_from(TASK_TYPES),
)
def test_no_text_breaks_a_parser(text, kind):
    for parse in (lambda: DIALECT.parse_answer(kind, text), lambda: DIALECT.parse_proposal(kind, text, [REFERENCE])):
        try:
            parse()
        except Unparsable:
            pass


@pytest.mark.parametrize("text", ["", "\x00", "(" * 5000, "x" * 10**6, "\ud800", "def f(a):\n" * 400, "=> " * 10**5])
def test_hostile_text_is_refused_or_parsed(text):
    for kind in TASK_TYPES:
        for parse in (DIALECT.parse_answer, lambda k, t: DIALECT.parse_proposal(k, t, [REFERENCE])):
            try:
                parse(kind, text)
            except Unparsable:
                pass


def test_answers_with_a_scratchpad():
    text = DIALECT.answer_text("deduction", "7", ["b = 6"])
    assert text == "b = 6\n=> 7" and DIALECT.parse_answer("deduction", text) == "7"
    assert DIALECT.answer_text("abduction", "3", ["b = 1", "c = 2"]) == "c = 2\nb = 1\n=> 3"


@pytest.mark.parametrize("text", ["7", "=>7", "b => 7", "=> ", "=> 7\n8", "b = 6 => 7"])
def test_answers_without_the_form_are_refused(text):
    with pytest.raises(Unparsable):
        DIALECT.parse_answer("deduction", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1",
        "def g(a):\n    return a",
        "def f(a):\n    return a\ndef f(b):\n    return b",
        "import os",
        "class f: pass",
        "lambda f: 1",
        "def f(a): return a\nprint(1)",
        "async def f(a):\n    return a",
    ],
)
def test_what_is_not_one_function_f_is_refused(text):
    with pytest.raises(Unparsable):
        tidy_program(text)


def test_tidy_drops_comments_and_spelling():
    assert tidy_program("def f( a ):  # c\n  return a+1") == "def f(a):\n    return a + 1"


def test_a_message_that_lies_is_refused_where_messages_must_be_honest():
    reference = Task("deduction", "def f(a):\n    return a * 3 + 2", (("3", "11"),))
    for message, honest in (("#* 3 #+ 2", True), ("#* 3 #- 2", False), ("", False)):
        text = f"f(1)\nf(2)\nf(3)\n# {message}"
        assert DIALECT.parse_proposal("induction", text, [reference]).message == message
        strict = CompactFormat(num_inputs=3, honest_messages=True)
        if honest:
            assert strict.parse_proposal("induction", text, [reference]).message == message
        else:
            with pytest.raises(Unparsable, match="message"):
                strict.parse_proposal("induction", text, [reference])
