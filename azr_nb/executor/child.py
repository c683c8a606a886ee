"""What happens inside a program's own process: the modules it may import, its calls, and how results are written.

Runs after the fork, behind the layers of `sandbox.py`; knows nothing but the standard library. Results go to one
descriptor as frames: a letter for the status, a 4-byte length, and text. Nothing here has to hold against a hostile
program: it can only spoil the frames of its own process, and the parent reads them as such.
"""

from __future__ import annotations

import gc
import io
import os
import random
import signal
import struct
import types

ALLOWED_MODULES = (
    "__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "collections",
    "collections.abc", "contextlib", "copy", "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions",
    "functools", "graphlib", "hashlib", "heapq", "itertools", "json", "math", "numbers", "operator", "queue", "random",
    "re", "statistics", "string", "struct", "textwrap", "time", "types", "typing", "unicodedata", "zlib",
)  # fmt: skip
# what those import when they are first used: after the fork no file can be opened any more
LATER = ("_strptime", "encodings.ascii", "encodings.latin_1", "encodings.utf_16", "encodings.utf_32",
          "encodings.cp1252", "encodings.unicode_escape", "encodings.rot_13", "locale")  # fmt: skip
_ROOTS = {name.partition(".")[0] for name in ALLOWED_MODULES}
RESULT_FD = 3  # the only descriptor that a program's process keeps
BROKEN_EXIT = 97  # the exit status of a child that could not take on its layers


class ForbiddenImport(ImportError):
    pass


def _guarded_import(name, globals=None, locals=None, fromlist=(), level=0):
    if level or (name.partition(".")[0] not in _ROOTS and name not in LATER):
        raise ForbiddenImport(f"programs may not import {name[:40]!r}")
    return __import__(name, globals, locals, fromlist, level)


def _no_files(*args, **kwargs):
    raise PermissionError("programs have no files")


class Nowhere(io.TextIOBase):
    """Takes prints and drops them."""

    def write(self, text):
        return len(text)


def _builtins() -> dict:
    names = dict(__builtins__.__dict__ if isinstance(__builtins__, types.ModuleType) else __builtins__)
    names.update(__import__=_guarded_import, open=_no_files, input=_no_files)
    return names


def _frame(status: bytes, text: str) -> bytes:
    data = text.encode("utf-8", "backslashreplace")
    return status + struct.pack("!I", len(data)) + data


def _failure(error: BaseException) -> bytes:
    try:
        if isinstance(error, MemoryError):
            return _frame(b"m", "used more than the memory limit")
        if type(error) is ForbiddenImport:
            return _frame(b"f", str(error))
        name, message = type(error).__name__, ""
        try:
            message = str(error)
        except BaseException:
            message = "(its message could not be read)"
        return _frame(b"e", f"{name}: {message}"[:200])
    except BaseException:
        return _frame(b"e", "Exception: an error that could not be described")


_ATOMS = {id(kind) for kind in (int, float, complex, bool, str, bytes, type(None))}
_LISTS = {id(kind) for kind in (list, tuple, set, frozenset)}


def _is_plain(value: object, depth: int = 60, *, id=id, type=type, all=all) -> bool:
    """Whether a value and all in it are of built-in types exactly, so that no `__repr__` of the program's is asked."""
    kind = id(type(value))  # by identity: a metaclass may say that it equals `int`
    if kind in _ATOMS:
        return True
    if not depth:
        return False
    if kind in _LISTS:
        return all(_is_plain(item, depth - 1) for item in value)
    return type(value) is dict and all(_is_plain(k, depth - 1) and _is_plain(v, depth - 1) for k, v in value.items())


def _one_call(code: types.CodeType, arguments: str, chars: int) -> bytes:
    try:
        random.seed(0)
        space = {"__name__": "program", "__builtins__": _builtins()}
        # the arguments are built apart from the program, so that its names mean nothing in them
        args, kwargs = eval(f"(lambda *args, **kwargs: (args, kwargs))({arguments})", {})
        exec(code, space)
        value = space["f"](*args, **kwargs)
        if not _is_plain(value):
            return _frame(b"n", f"the result is no plain value but of type {type(value).__name__}"[:200])
        text = f"{value!r}"  # as syntax: a program that found a way to the builtins has nothing to replace
        if len(text) > chars:
            return _frame(b"b", f"the result's text has {len(text)} characters, more than {chars}")
        return _frame(b"o", text)
    except BaseException as error:
        return _failure(error)


def _run_all(request: dict) -> None:
    jobs, chars = request["jobs"], request["chars"]
    pending = []
    for program, calls in jobs:
        try:
            code = compile(program, "program", "exec", dont_inherit=True)
        except BaseException as error:
            frames = [_failure(error)] * len(calls)
        else:
            frames = []
            for arguments in calls:
                frames.append(_one_call(code, arguments, chars))
                if len(jobs) == 1:  # alone, each result is kept even if the next call never ends
                    write(b"".join(frames))
                    frames = []
        pending += frames
    write(b"".join(pending))


def write(data: bytes) -> None:
    while data:
        data = data[os.write(RESULT_FD, data) :]


def run_child(result: int, request: dict, enter) -> None:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setpgid(0, 0)
        if result != RESULT_FD:
            os.dup2(result, RESULT_FD)
        os.closerange(0, RESULT_FD)
        os.closerange(RESULT_FD + 1, 256)
        enter(request["seconds"], request["memory"])
    except BaseException:
        os._exit(BROKEN_EXIT)  # better no program than one with a layer missing
    try:
        gc.enable()
        _run_all(request)
    finally:
        os._exit(0)
