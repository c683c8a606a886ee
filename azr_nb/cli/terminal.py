"""What a command says: output that outlives its reader, and errors as one line."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# what libraries say, instead of an error with a number, where a disk is full or a file cannot be written
_WRITING = ("PytorchStreamWriter", "inline_container", "os error 28", "No space left on device", "I/O error")
_MEMORY = ("can't allocate memory", "out of memory", "Cannot allocate memory")


class _Patient:
    """A stream that drops what nobody reads any more, and spells out what its encoding lacks."""

    def __init__(self, stream) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._kept(self._stream.write, text)
        except UnicodeEncodeError:
            name = self._stream.encoding
            return self._kept(self._stream.write, text.encode(name, "backslashreplace").decode(name))

    def flush(self) -> None:
        self._kept(self._stream.flush)

    def _kept(self, work, *arguments):
        try:
            return work(*arguments)
        except BrokenPipeError:  # as in azr-nb train | head: the run goes on, and what it says goes nowhere
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str):
        return getattr(self._stream, name)


@contextmanager
def patient_output() -> Iterator[None]:
    """Standard output and error that neither a closed pipe nor a poor encoding can end a command with."""
    usual = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (stream and _Patient(stream) for stream in usual)
    try:
        yield
    finally:
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        except OSError:
            pass  # said above, if it could be
        sys.stdout, sys.stderr = usual


def one_line(error: BaseException) -> str | None:
    """What a user can do something about, in one line; None for an error of ours, which needs its traceback."""
    text = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in str(error)).strip()
    if type(error).__module__.startswith("azr_nb."):
        return text
    if isinstance(error, OSError) and error.errno is not None:
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
        return f"{where}{error.strerror or text}{_advice(error.errno)}"
    if isinstance(error, OSError):
        return text[:300] or type(error).__name__
    if type(error).__module__.startswith("jinja2."):
        return f"the chat template of the model fails: {text[:200]}; --set chat_template=false does without it"
    if isinstance(error, MemoryError) or any(words in text for words in _MEMORY):
        return "there is not enough memory for this: choose a smaller model or smaller settings"
    if isinstance(error, UnicodeEncodeError):
        locale = sys.getfilesystemencoding()
        return f"a name has letters that the locale ({locale}) has not: set LC_ALL=C.UTF-8, or choose another name"
    if isinstance(error, RuntimeError) and "home directory" in text:
        return f"{text.rstrip('.')}: write the path without ~"
    if isinstance(error, RuntimeError) and "Symlink loop" in text:
        return f"{text}: the links lead in a circle"
    if any(words in text for words in _WRITING):
        return f"a file could not be written{_advice(errno.ENOSPC)} ({text[:150]})"
    return None


def _advice(number: int) -> str:
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ": make room on the disk, then go on with --resume if it was a run"
    if number == errno.EMFILE:
        return ": raise the limit with ulimit -n"
    return ""
