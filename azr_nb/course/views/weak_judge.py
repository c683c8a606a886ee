"""A naive judge, written to be fooled: it evaluates what a model wrote. Started as a script in a process of its own.

Reads `[task type, program, pairs, answer]` as JSON and prints "right" or "wrong". It has the faults of the released
executor that notebook 02 is about; nothing in this package asks it for a verdict that counts.
"""

from __future__ import annotations

import json
import sys


def judge(kind, program, pairs, answer):
    space = {}
    exec(program, space)
    output = pairs[0][1]
    if kind == "deduction":
        return eval(answer) == eval(output)
    if kind == "abduction":
        return eval(f"f({answer}) == {output}", space)
    exec(answer, space)  # induction: the answer is a program
    return all(space["f"](eval(i)) == eval(o) for i, o in pairs)


if __name__ == "__main__":
    print("right" if judge(*json.load(sys.stdin)) else "wrong")
