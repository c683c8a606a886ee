"""What makes the runs of a program differ wherever its value depends on chance.

Two processes with different hash seeds and addresses agree by luck in one bit, or on the order of two words. So nothing
is left to luck. `id` gives numbers that are the complement of one another in the first and the second process; there
other letters, and more of them, stand for the addresses in an object's text, memory is laid out in another way, and
recursion may go deeper. Where the second process saw a hash that depends on the hash seed, or the order of a set of
such values, a third one decides: it has the hash seed of the first, turns these hashes over, and walks through these
sets backwards.

The first process is plain CPython but for the numbers that `id` gives, and `hash` of what is hashed by address. Only
its value can become a gold value or a right answer, and the others can only contradict it; the reason for refusing a
wrong answer may be the second's. A program that walks through a set of two or more
values of which one is hashed by its address is refused.

Not covered: one bit of an address that is read from an object's text, or of a hash by way of `__hash__`; identity that
is the same in every process (`a is b` for equal small numbers); a clock that shows the same hour to both; and from
Python 3.13 on `list` of a set, which no longer asks the set's own iterator. Refused without need: recursion that ends
between one and two thousand levels, sets of objects that are hashed by their address whatever is done with them, and
orders of sets whose hashes a class of the program's computes from numbers alone.

Runs in the worker, so it knows nothing but the standard library.
"""

from __future__ import annotations

import decimal
import fractions
import functools
import gc
import math
import re

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_TURNED = str.maketrans("0123456789abcdef", "vutsrqponmlkjihg")  # letters that no address has: no digit agrees by luck
_VALUES = (int, bool, float, complex)
DEEPER = 1009  # frames; a prime, so that no remainder stays the same
_SMALL_PRIMES = math.prod(n for n in range(2, 100) if all(n % k for k in range(2, n)))
_WRAPPED = 48  # bytes into a method of a built-in type, where it keeps the function of the slot


def _seeded(item: object) -> bool:
    """Whether the hash of a value depends on the process: on its hash seed, or on an address."""
    kind = type(item)
    if kind in _VALUES:
        return item != item  # the hash of a nan is its address
    if kind is frozenset or type.__subclasscheck__(tuple, kind) and kind.__hash__ is tuple.__hash__:
        return any(map(_seeded, _plain_iter(item)))
    return kind not in (decimal.Decimal, fractions.Fraction, range)


def _addressed(item: object) -> bool:
    """Whether the hash of a value is where it lies."""
    if item is None:  # it lies in the interpreter's own file, not in memory that a program shares
        return False
    return item != item if type(item) in _VALUES else type(item).__hash__ is object.__hash__


def _plain_iter(items):
    return _original[frozenset](items) if type(items) is frozenset else tuple.__iter__(items)


_original = {set: iter, frozenset: iter}  # how the sets of this process are walked through without being noticed


def names(seen: list, turned: bool) -> dict:
    """The built-ins `id` and `hash` for a process, with every bit that is left to chance turned over in a turned one.

    `seen[0]` becomes True where a turned process gives a hash that depends on the process.
    """
    known: dict[int, int] = {}

    def any_id(obj, /, *, _id=id):
        number = known.get(_id(obj))
        if number is None:
            number = known[_id(obj)] = _address(len(known), turned)
        return number

    def any_hash(obj, /, *, _hash=hash):
        if _addressed(obj):
            return any_id(obj) >> 4
        number = _hash(obj)
        if not turned or not _seeded(obj) or "__hash__" in _own_names(type(obj)):
            return number
        seen[0] = True
        return ~number

    # as built-in functions, and unlike ours, these do not become methods of a class that they are put into
    return {"id": functools.partial(any_id), "hash": functools.partial(any_hash)}


def _address(count: int, turned: bool) -> int:
    """The address given to the object that is asked for after `count` others: a multiple of 16, as every address is.

    In a turned process each bit is another one, the high ones rise thrice as fast instead of falling, and the remainder
    by any number below 100 that does not divide 16 is another one too.
    """
    place, low = count & 0xFFF, count * 0x9E3779B97F4A & 0xFFFFFFFFFFF0  # scattered by a fixed rule
    while True:
        first, second = (0xFFF - place << 48) + low, (3 * place << 48) + (low ^ 0xFFFFFFFFFFF0)
        if math.gcd(first - second >> 4, _SMALL_PRIMES) == 1:
            return second if turned else first
        low = low + 16 & 0xFFFFFFFFFFF0


def _own_names(kind: type) -> set:
    """What a class of the program's own, or one above it but below the built-in ones, defines."""
    return {name for one in kind.__mro__ if one.__module__ == "program" for name in vars(one)}


def shift_heap() -> list:
    """Objects of every small size, so that later ones lie elsewhere in their pages; keep what is returned."""
    kept: list = []
    for size in range(48, 513, 16):
        many = [bytes(size - 40) for _ in range(10)]
        kept += many[::2] + many[1:3]  # holes of different distance
    kept += [object() for _ in range(5)] + [float(n) for n in range(7)]
    return kept


class Slots:
    """Replaces slots of built-in types. Raises `OSError` where the layout of types is not the one expected."""

    def __init__(self) -> None:
        import ctypes

        self._ctypes = ctypes
        self._unary = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)
        self._kept: list = []  # what a slot points to has to live

    def _word(self, address: int):
        return self._ctypes.c_void_p.from_address(address)

    def _slot(self, kind: type, name: str):
        """The place of a slot in a type, found by the function that the type's own method wraps."""
        wrapped = self._word(id(vars(kind)[name]) + _WRAPPED).value
        for offset in range(24, 400, 8):
            if self._word(id(kind) + offset).value == wrapped:
                return offset, wrapped
        raise OSError(f"no slot {name} in {kind.__name__}")

    def replace(self, kind: type, name: str, make) -> None:
        """Have `make(original)` stand in a slot of one argument, here and in types that took the slot over."""
        offset, wrapped = self._slot(kind, name)
        new = self._unary(make(self._unary(wrapped)))
        self._kept.append(new)
        address = self._ctypes.cast(new, self._ctypes.c_void_p).value
        heirs, seen = [kind], set()
        while heirs:
            heir = heirs.pop()
            if id(heir) in seen:
                continue
            seen.add(id(heir))
            heirs += type.__subclasses__(heir)
            word = self._word(id(heir) + offset)
            if word.value == wrapped:
                word.value = address
        self._word(id(vars(kind)[name]) + _WRAPPED).value = address  # what later classes take over

    def method(self, kind: type, name: str, new) -> None:
        """Give a built-in type another method."""
        gc.get_referents(vars(kind))[0][name] = new
        self._ctypes.pythonapi.PyType_Modified(self._ctypes.py_object(kind))


def watch_sets(slots: Slots, seen: list, backwards: bool) -> None:
    """Note which orders of sets are looked at: in `seen[0]` those of the process, in `seen[1]` those of addresses.

    With `backwards` such a set is walked through in the opposite order. Nothing is noted, and no order changed, before
    `seen[2]` is True: compiling walks through sets as well. Raises `OSError` where types have another layout.
    """

    def make(original):
        def walk(items):
            try:
                if len(items) < 2 or not seen[2]:
                    return original(items)
                listed = list(original(items))
                seen[1] = seen[1] or any(map(_addressed, listed))
                if not any(map(_seeded, listed)):
                    return original(items)
                seen[0] = True
                return _unchanged(items, listed[::-1]) if backwards else original(items)
            except BaseException as error:
                seen[0] = True
                if not isinstance(error, (MemoryError, RecursionError)):
                    seen[1] = True  # a value that does not let itself be looked at
                return original(items)

        return walk

    for kind in (set, frozenset):
        _original[kind] = slots._unary(slots._slot(kind, "__iter__")[1])
        slots.replace(kind, "__iter__", make)
    pop, fromkeys = set.pop, vars(dict)["fromkeys"]

    def ordered_pop(self):
        if type(self) is not set:
            return pop(self)
        for item in self:  # asks the iterator above
            if not backwards:
                break
            self.remove(item)
            return item
        return pop(self)

    def ordered_fromkeys(cls, keys, value=None, /):
        keys = list(keys) if type(keys) in (set, frozenset) else keys
        return fromkeys.__get__(None, cls)(keys, value)

    slots.method(set, "pop", ordered_pop)
    slots.method(dict, "fromkeys", classmethod(ordered_fromkeys))


def _unchanged(items, listed):
    size = len(items)
    for item in listed:
        if len(items) != size:
            raise RuntimeError("Set changed size during iteration")
        yield item


def turn_addresses(slots: Slots) -> None:
    """Have every text that shows an address show other letters there, and more of them."""
    import types

    def make(original):
        def shown(obj):
            text = original(obj)
            if "0x" not in text:
                return text
            return _ADDRESS.sub(lambda match: "0x" + match[0][2:].translate(_TURNED) + "vg", text)

        return shown

    kinds = (
        object,
        types.FunctionType,
        types.BuiltinFunctionType,
        types.MethodType,
        types.GeneratorType,
        types.CodeType,
        types.CellType,
        types.CoroutineType,
        types.AsyncGeneratorType,
        types.FrameType,
        type(object.__init__),
        type([].__len__),
    )
    for kind in kinds:
        if "__repr__" in vars(kind):
            slots.replace(kind, "__repr__", make)
