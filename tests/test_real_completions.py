"""Parsers on what real models wrote: every accept and every reject, held against other words for the same rule."""

from __future__ import annotations

import ast
import gzip
import json
import re
import warnings
from collections import Counter
from pathlib import Path

import pytest

from azr_nb.config import load_config
from azr_nb.prompts import FewshotFormat, R1Format, Unparsable
from azr_nb.prompts.base import LONGEST
from azr_nb.prompts.r1 import fence
from azr_nb.runs.folder import read_lines, read_rollouts
from azr_nb.runs.shipped import archive, open_recorded
from azr_nb.tasks import Task

SAID = Path(__file__).parent / "data" / "smollm2_r1.jsonl.gz"  # made by SmolLM2-135M-Instruct from r1 prompts
DUMMY = Task("induction", "def f(a):\n    return a", (("1", "1"), ("2", "2")), 1, "same")


def is_python(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def taken(prompt_format, row) -> bool:
    try:
        if row["role"] == "propose":
            prompt_format.parse_proposal(row["type"], row["completion"], [DUMMY])
        else:
            prompt_format.parse_answer(row["type"], row["completion"])
    except Unparsable:
        return False
    return True


# --- few-shot: the recorded run --------------------------------------------------------------------------------------
def fewshot_rule(row, num_inputs: int) -> bool:
    """Whether a completion is of the few-shot form, by one regular expression each and Python's own parser."""
    text, kind = row["completion"], row["type"]
    call = r"[ \t]*f\(.*\)[ \t]*"
    if row["role"] == "solve" and kind == "deduction":
        return bool(re.fullmatch(r"\s*\S(.*\S)?\s*", text))
    if row["role"] == "solve" and kind == "abduction":
        return bool(re.fullmatch(r"\s*\(.*\) ==.*\s*", text))
    if row["role"] == "propose" and kind == "induction":
        return bool(re.match(rf"(?!\n)[^\n]*\S[^\n]*(\n{call}(?=\n|$)){{{num_inputs}}}", text.rstrip("\n")))
    program = "def f" + text
    if row["role"] == "propose":
        program, _, last = program.rstrip().rpartition("\n")
        if not re.fullmatch(call, last):
            return False
    if not text.startswith("(") or len(program) > LONGEST:
        return False
    tree = is_python(program)
    # strings that stand alone are comments, and so go
    body = (
        [
            n
            for n in tree.body
            if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) and isinstance(n.value.value, str))
        ]
        if tree
        else []
    )
    body = body if row["role"] == "propose" else tree.body if tree else []
    return len(body) == 1 and isinstance(body[0], ast.FunctionDef) and body[0].name == "f"


@pytest.fixture(scope="module")
def recorded():
    if not archive("language").is_file():
        pytest.skip("the recorded run of a language model is not there")
    folder = open_recorded("language")
    return load_config(folder / "config.yaml"), read_rollouts(folder), read_lines(folder / "buffer.jsonl")


def test_fewshot_accepts_and_rejects_real_completions_by_its_rule(recorded):
    config, rows, _ = recorded
    prompt_format, counts = FewshotFormat(config.num_inputs), Counter()
    for row in rows:
        if row["finished"]:
            found = taken(prompt_format, row)
            counts[row["role"], row["type"], found] += 1
            assert found == fewshot_rule(row, config.num_inputs), row["completion"]
            # and as it was at the time: what did not parse got that status, and nothing else did
            assert found == (row["status"] != "unparsable") or "no plain value" in row["reason"], row
    for role in ("propose", "solve"):
        for kind in config.task_types:
            assert counts[role, kind, True] > 100, (role, kind)
    assert sum(count for (*_, found), count in counts.items() if not found) > 200


# --- thoughts and answers --------------------------------------------------------------------------------------------
def r1_rule(text: str) -> bool:
    """Whether the tags stand as they have to: the thoughts were opened by the prompt."""
    tag = r"(?:(?!</?think>|</?answer>)[\s\S])*"
    return bool(re.fullmatch(rf"{tag}</think>\s*<answer>{tag}</answer>\s*", text))


def test_r1_accepts_and_rejects_real_completions_by_its_rule():
    with gzip.open(SAID, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) >= 290 and {row["role"] for row in rows} == {"propose", "solve"}
    for row in rows:
        form = r1_rule(row["completion"])
        found = taken(R1Format(3), row)
        assert form or not found, row["completion"]
        if form and row["role"] == "solve" and row["type"] != "induction":
            answer = row["completion"].partition("<answer>")[2].partition("</answer>")[0]
            bare = "```" not in answer  # an answer without a fence counts as a whole
            assert found == bool(answer.strip()) or not bare


def test_r1_reads_the_programs_of_larger_models(shared_data):
    """Programs, inputs and messages that models of 3 to 8 billion parameters proposed, in the form asked for."""
    prompt_format, counts = R1Format(10), Counter()
    for path in sorted((shared_data / "azr_seeds").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            blocks = [fence("python", row["snippet"])]
            blocks += [fence("input", text) for text in row.get("inputs", [row.get("input", "")])]
            blocks += [fence("message", row["message"])] if "message" in row else []
            text = " thoughts </think>\n<answer>\n" + "\n".join(blocks) + "\n</answer>"
            kind = "induction" if "inputs" in row else "deduction"
            try:
                proposal = prompt_format.parse_proposal(kind, text, [DUMMY])
                counts[kind, "taken"] += 1
                assert list(proposal.inputs) == [t.strip() for t in row.get("inputs", [row.get("input")])][:10]
            except Unparsable as error:
                counts[kind, str(error)[:30]] += 1
    assert counts["deduction", "taken"] > 700 and counts["induction", "taken"] > 400, counts
