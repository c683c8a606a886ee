"""What happens inside a program's own process: the modules it may import, its one call, and how the result is written.

Runs after the fork, behind the layers of `sandbox.py`; knows nothing but the standard library. It reads one program
and the text of one call from its socket, and writes what came of it to the same socket as frames: a letter for the
status, a 4-byte length, and text. An upper-case letter says that chance was looked at (`chance`). Nothing here has to
hold against a hostile program: it can only spoil the frames of its own process, and the parent reads them as such.
"""

from __future__ import annotations

import codecs
import contextlib
import gc
import importlib
import io
import os
import random
import struct
import sys
import types

ALLOWED_MODULES = (
    "__future__",
    "abc",
    "array",
    "base64",
    "binascii",
    "bisect",
    "calendar",
    "cmath",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "graphlib",
    "hashlib",
    "heapq",
    "itertools",
    "json",
    "math",
    "numbers",
    "operator",
    "queue",
    "random",
    "re",
    "statistics",
    "string",
    "struct",
    "textwrap",
    "time",
    "types",
    "typing",
    "unicodedata",
    "zlib",
)
# what those import when they are first used: after the fork no file can be opened any more
LATER = ("_strptime", "locale", "weakref")
# large ones, which no program here is expected to ask for; one that does is said to be unsupported
_NO_CODECS = ("big5", "cp932", "cp949", "cp950", "euc_", "gb", "hz", "iso2022_", "johab", "mbcs", "oem", "shift_jis")
ROOTS = frozenset(name.partition(".")[0] for name in ALLOWED_MODULES)
RESULT_FD = 3  # the only descriptor that a program's process keeps
READY = b"r"  # written when all layers are on, before the program runs
DEFAULT_RECURSION = 1000  # what a fresh interpreter allows
FRAMES = 5  # below the program's, without the one that a script has: main, serve, run_child, call, _once


class ForbiddenImport(ImportError):
    pass


def _guarded_import(name, globals=None, locals=None, fromlist=(), level=0):
    if level or (name.partition(".")[0] not in ROOTS and name not in LATER):
        raise ForbiddenImport(f"programs may not import {name[:40]!r}")
    return __import__(name, globals, locals, fromlist, level)


def _no_files(*args, **kwargs):
    raise PermissionError("programs have no files")


class Nowhere(io.TextIOBase):
    """Takes prints and drops them."""

    def write(self, text):
        return len(text)


class _Codecs:
    """Knows the encodings of this Python; a program that asks for one which was not loaded ends as unsupported."""

    def __init__(self) -> None:
        import encodings
        from encodings.aliases import aliases

        self.missing = set()
        for name in sorted(
            {
                *aliases.values(),
                "idna",
                "punycode",
                "raw_unicode_escape",
                "unicode_escape",
                "undefined",
                "utf_8_sig",
                "cp65001",
            }
        ):
            if name.startswith(_NO_CODECS):
                self.missing |= {name, *(alias for alias, known in aliases.items() if known == name)}
            else:
                with contextlib.suppress(ImportError):
                    importlib.import_module(f"encodings.{name}")
        self._normal = encodings.normalize_encoding
        codecs.register(self)

    def __call__(self, name: str) -> None:
        """Asked for what the interpreter's own search has not found."""
        if self._normal(name).lower() in self.missing:
            write(_framed(b"u", f"the encoding {name[:40]} is not there for programs"))
            os._exit(0)


class Harness:
    """What a program's process is made ready with before the fork; `run` is called once, in the child.

    `names` replace built-ins, and `watch` has the flags of `chance.watch_sets`.
    """

    def __init__(self, names: dict, watch: list, extra_depth: int = 0, seed: str = "") -> None:
        import _sitebuiltins

        _Codecs()
        # as an imported module has it; dataclasses look themselves up there
        self.module = sys.modules["program"] = types.ModuleType("program")
        self.builtins = dict(vars(sys.modules["builtins"]))
        leave = {name: _sitebuiltins.Quitter(name, "Ctrl-D") for name in ("exit", "quit")}  # as every python has them
        self.builtins.update(leave, __import__=_guarded_import, open=_no_files, input=_no_files, **names)
        self.watch = watch
        # as deep as a script may go that calls f from its top level
        self.depth = DEFAULT_RECURSION + FRAMES + extra_depth
        random.seed(seed)
        # the first compilation builds tables that every child would build again
        self.call("def f(a):\n    return [a]", "1, b=[2.5]", 100, 1)
        self.call("class A:\n    x: int = 1\ndef f(a):\n    return {x: (y, 'z') for x, y in [a]}", "(1, None)", 100, 1)
        vars(self.module).clear()

    def call(self, program: str, arguments: str, chars: int, times: int) -> list[bytes]:
        """One frame for each time that the program's `f` is called, with fresh arguments and the same globals."""
        frames: list[bytes] = []
        try:
            code = compile(program, "program", "exec", dont_inherit=True)
            space = vars(self.module)
            space.update(__name__="program", __builtins__=self.builtins)
            # the arguments are built apart from the program, so that its names mean nothing in them
            build = compile(f"_take({arguments}\n)", "arguments", "eval", dont_inherit=True)
            self.watch[2] = True
            exec(code, space)
            for _ in range(times):
                frames.append(self._once(space, build, chars))
        except BaseException as error:
            frames += [self._failure(error)] * (times - len(frames))
        return frames

    def _once(self, space: dict, build: types.CodeType, chars: int) -> bytes:
        try:
            args, kwargs = eval(build, dict(_ARGUMENT_NAMES))
            self.watch[2] = True
            value = space["f"](*args, **kwargs)
            self.watch[2] = False  # from here on it is we who look, and not the program
            if not _is_plain(value):
                return self._frame(b"n", f"the result is of type {type(value).__name__}, which is not plain data"[:200])
            text = _text(value)
            if len(text) > chars:
                return self._frame(b"b", f"the result's text has {len(text)} characters, more than {chars}")
            return self._frame(b"o", text)
        except _Huge:
            return self._frame(b"b", f"the result holds a number of more digits than {chars}")
        except BaseException as error:
            return self._failure(error)

    def _frame(self, status: bytes, text: str) -> bytes:
        if self.watch[1]:
            return _framed(b"d", "the order of a set depends on where its values lie in memory")
        return _framed(status.upper() if self.watch[0] else status, text)

    def _failure(self, error: BaseException) -> bytes:
        try:
            if isinstance(error, MemoryError):
                return self._frame(b"m", "used more than the memory limit")
            if type(error) is ForbiddenImport:
                return self._frame(b"f", str(error))
            name, message = type(error).__name__, ""
            try:
                message = str(error)
            except BaseException:
                message = "(its message could not be read)"
            return self._frame(b"e", f"{name}: {message}"[:200])
        except BaseException:
            return self._frame(b"e", "Exception: an error that could not be described")


def _framed(status: bytes, text: str) -> bytes:
    data = text.encode("utf-8", "backslashreplace")
    return status + struct.pack("!I", len(data)) + data


_ARGUMENT_NAMES = {
    "_take": lambda *args, **kwargs: (args, kwargs),
    "float": float,
    "set": set,
    "frozenset": frozenset,
    "complex": complex,
    "__builtins__": {},
}
_ATOMS = {id(kind) for kind in (int, float, complex, bool, str, bytes, type(None))}
_INT, _MOST_BITS = id(int), 200_000  # about 60,000 digits
_LISTS = {id(kind) for kind in (list, tuple, set, frozenset)}


def _text(value: object) -> str:
    """The `repr` of a value, with all digits of its numbers; the program itself meets Python's limit on them."""
    most = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return f"{value!r}"  # as syntax: a program that found a way to the builtins has nothing to replace
    finally:
        sys.set_int_max_str_digits(most)


class _Huge(Exception):
    pass


def _is_plain(value: object, depth: int = 60, *, id=id, type=type, all=all) -> bool:
    """Whether a value and all in it are of built-in types exactly, so that no `__repr__` of the program's is asked.

    Raises `_Huge` for a number whose digits would take longer to write than the program took.
    """
    kind = id(type(value))  # by identity: a metaclass may say that it equals `int`
    if kind in _ATOMS:
        if kind == _INT and value.bit_length() > _MOST_BITS:
            raise _Huge
        return True
    if not depth:
        return False
    if kind in _LISTS:
        return all(_is_plain(item, depth - 1) for item in value)
    return type(value) is dict and all(_is_plain(k, depth - 1) and _is_plain(v, depth - 1) for k, v in value.items())


def write(data: bytes) -> None:
    while data:
        data = data[os.write(RESULT_FD, data) :]


def request(program: str, arguments: str) -> bytes:
    """What a child reads: the length of the program, then both texts."""
    text = program.encode("utf-8", "surrogatepass")
    return struct.pack("!I", len(text)) + text + arguments.encode("utf-8", "surrogatepass")


def _read_request() -> tuple[str, str]:
    data = part = os.read(RESULT_FD, 2**16)
    while part:
        part = os.read(RESULT_FD, 2**16)
        data += part
    end = 4 + int.from_bytes(data[:4], "big")
    return data[4:end].decode("utf-8", "surrogatepass"), data[end:].decode("utf-8", "surrogatepass")


def run_child(socket: int, chars: int, times: int, enter, harness: Harness) -> None:
    """Everything that a forked process does: keep one descriptor, take on the layers, run, write, end."""
    try:
        try:
            os.dup2(socket, RESULT_FD)
            os.closerange(0, RESULT_FD)
            os.closerange(RESULT_FD + 1, 256)
            program, arguments = _read_request()
            enter()
            gc.enable()
            sys.setrecursionlimit(harness.depth)
            write(READY)
        except BaseException:
            return  # better no program than one with a layer missing
        write(b"".join(harness.call(program, arguments, chars, times)))
    finally:
        os._exit(0)
