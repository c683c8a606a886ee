"""A second opinion from plain CPython: a script of its own that shares no code with the package.

Run as `python -I oracle.py`: each line of input is a JSON request, each line of output its reply.

    {"equal": [text, text]}                  -> true, false, or null where one is no literal
    {"run": program, "calls": [text, ...]}   -> [["ok", text] | ["error", class] | ["timeout", ""], ...]
    {"run": ..., "calls": ..., "gold": text} -> [true, false, ...]: whether each call gives that value
    {"arguments": program, "calls": ...}     -> [text or null, ...]: the values of arguments that are code

Texts of arguments and values are evaluated: give it only text from the test data or made by a test. An audit hook
keeps programs from changing files, from starting processes and from the network; it is no wall, but enough for data
that is known.
"""

import ast
import io
import json
import os
import signal
import sys
from contextlib import redirect_stdout

SECONDS = 2.0
NAMES = {
    "inf": float("inf"),
    "nan": float("nan"),
    "infj": complex(0, float("inf")),
    "nanj": complex(0, float("nan")),
    "set": set,
    "frozenset": frozenset,
    "float": float,
}
NUMBERS = (int, float, complex)
watching = False


def equal(a, b):
    """The stated rule, written a second time: exact types but for numbers, nan is nan, sets and dicts unordered."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        return a == b or (a != a and b != b)
    if type(a) is not type(b):
        return False
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    if type(a) in (set, frozenset):
        return len(a) == len(b) and all(any(equal(x, y) for y in b) for x in a)
    if type(a) is dict:
        return len(a) == len(b) and all(any(equal(k, m) and equal(a[k], b[m]) for m in b) for k in a)
    return a == b


def literal(text):
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError):
        names = {node.id for node in ast.walk(ast.parse(text.strip(), mode="eval")) if isinstance(node, ast.Name)}
        if not names <= set(NAMES) or not names:
            raise
        return eval(text.strip(), dict(NAMES))


class Late(BaseException):
    pass


def late(*_):
    raise Late


def arguments(program, text):
    space = {"__name__": "program"}
    try:
        with redirect_stdout(io.StringIO()):
            exec(compile(program, "program", "exec"), space)
            args, kwargs = eval(f"(lambda *args, **kwargs: (args, kwargs))({text}\n)", space)
        return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])
    except BaseException:
        return None


def careful(event, details):
    """Refuse what could change the machine; imports may still read files and list folders."""
    if event == "open":
        mode, flags = details[1], details[2]
        changes = isinstance(mode, str) and set(mode) & set("wax+") or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    else:
        changes = event.startswith(
            ("os.", "subprocess.", "socket.", "shutil.", "ctypes.", "signal.")
        ) and event not in ("os.listdir", "os.scandir")
    if changes and watching:
        raise PermissionError("Permission denied")


def call(program, text):
    """Run in a fresh namespace, as a script is; BaseException, because programs may raise what they like."""
    space = {"__name__": "program"}
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with redirect_stdout(io.StringIO()):
            exec(compile(program, "program", "exec"), space)
            value = eval(f"f({text}\n)", space)
            shown = repr(value)
        return "ok", value, shown
    except Late:
        return "timeout", None, ""
    except BaseException as error:
        return "error", None, type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def answer(request):
    if "arguments" in request:
        return [arguments(request["arguments"], text) for text in request["calls"]]
    if "equal" in request:
        try:
            return equal(*map(literal, request["equal"]))
        except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
            return None
    outcomes = [call(request["run"], text) for text in request["calls"]]
    if "gold" in request:
        gold = literal(request["gold"])
        return [status == "ok" and equal(value, gold) for status, value, _ in outcomes]
    return [[status, shown] for status, _, shown in outcomes]


signal.signal(signal.SIGALRM, late)
sys.dont_write_bytecode = watching = True
sys.addaudithook(careful)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
