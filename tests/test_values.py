"""Values: round trips, sameness, and text that is no value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.programs.values import NotPlain, canonical, format_arguments, parse_arguments, parse_value, repr_value, same

ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.complex_numbers(),
)
PAIRS = st.tuples(st.integers(), st.text(max_size=3))
HASHABLE = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), PAIRS)
VALUES = st.recursive(
    st.one_of(ATOMS, st.sets(HASHABLE, max_size=4), st.frozensets(HASHABLE, max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(HASHABLE, inner, max_size=4),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_repr_and_our_text_come_back(value):
    assert same(parse_value(repr(value)), value)
    assert same(parse_value(repr_value(value)), value)


@given(VALUES, VALUES)
def test_same_agrees_with_equality_of_exact_types(a, b):
    if same(a, b):
        number = (int, float, complex)
        assert type(a) is type(b) or (type(a) in number and type(b) in number)
    assert same(a, a) and same(a, b) == same(b, a)


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text):
    for parse in (parse_value, parse_arguments):
        try:
            parse(text)
        except NotPlain:
            pass


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "f(1)",
        "__import__('os')",
        "[1 for _ in ()]",
        "(lambda: 1)()",
        "1 + 1",
        "'a' * 9",
        "9**9**9",
        "{**{}}",
        "[*[1]]",
        "f'{1}'",
        "...",
        "set(3)",
        "float('1')",
        "-'a'",
        "1 if 1 else 2",
        "[" * 500 + "]" * 500,
        "-" * 100_000,
        "9" * 30_000,
        "\x00",
        "{[]: 1}",
        "1;2",
        "x := 3",
        "True or 1",
    ],
)
def test_what_is_no_plain_value_is_refused(text):
    with pytest.raises(NotPlain):
        parse_value(text)


@pytest.mark.parametrize(
    "a, b, expected",
    [
        (1, 1.0, True),
        (True, 1, False),
        ([1], (1,), False),
        ({1, 2}, {2, 1}, True),
        (math.nan, math.nan, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        (0.0, -0.0, True),
        ("1", 1, False),
        (b"a", "a", False),
        ({1}, frozenset({1}), False),
        ([math.nan], [math.nan], True),
        (None, False, False),
        (0.3, 0.1 + 0.2, False),
    ],
)
def test_sameness_by_example(a, b, expected):
    assert same(a, b) is expected


def test_objects_of_other_types_are_never_the_same():
    class Always:
        def __eq__(self, other):
            return True

    assert not same(Always(), 1) and not same([Always()], [Always()])
    with pytest.raises(NotPlain):
        canonical(Always())


@pytest.mark.parametrize(
    "text",
    [
        "1) or (True",
        "1)\nimport os\nf(1",
        "*[1]",
        "**{}",
        "x:=1",
        "lambda: 1",
        "1)#",
        "f(1)",
        "1 for x in []",
        "a=b",
        "1), f(2",
        "1\n)\n#",
        "print",
        "1 if True else 2",
    ],
)
def test_injected_arguments_are_refused(text):
    with pytest.raises(NotPlain):
        parse_arguments(text)


def test_arguments_of_several_kinds():
    assert parse_arguments("1, 'a', key=[2]") == ((1, "a"), {"key": [2]})
    assert parse_arguments("") == ((), {})
    assert parse_arguments("1,\n 2,") == ((1, 2), {})
    assert format_arguments((1, "a"), {"key": math.inf}) == "1, 'a', key=float('inf')"


@pytest.mark.parametrize(
    "text", ["inf", "1e999", "float('inf')", "float('infinity')", "float('+INF')", "float(' Infinity ')", "- -inf"]
)
def test_infinity_in_every_spelling(text):
    assert parse_value(text) == math.inf and parse_value(f"-{text}") == -math.inf


@pytest.mark.parametrize(
    "value",
    [
        complex(1, math.inf),
        complex(math.nan, 5),
        complex(-math.inf, -math.inf),
        complex(0, math.nan),
        complex(0, -math.inf),
    ],
)
def test_complex_numbers_that_are_not_finite(value):
    assert same(parse_value(repr(value)), value) and same(parse_value(repr_value(value)), value)
    assert same(eval(repr_value(value), {"float": float, "complex": complex}), value)
    assert not same(value, complex(7, 7)) and not same(value, complex(value.real, 7))


def test_a_nan_is_the_same_as_a_nan_and_not_as_two():
    one, two = {math.nan}, {float("nan"), float("nan")}
    assert same(one, {float("nan")}) and not same(one, two) and len(parse_value("{nan, nan}")) == 2
    assert not same({math.nan: 1}, {float("nan"): 1, float("nan"): 1}) and not same(complex(math.nan, 1), math.nan)


@pytest.mark.parametrize("digits", [4300, 4301, 5000, 19_000])
def test_numbers_of_any_length_are_read_and_written(digits):
    """Python reads and writes 4,300 digits unless it is told otherwise; ours is another limit."""
    import sys

    before = sys.get_int_max_str_digits()
    value = parse_value("9" * digits)
    assert value == 10**digits - 1 and same(parse_value(repr_value([value])), [value])
    assert parse_arguments(format_arguments((-value,))) == ((-value,), {})
    assert same(parse_value(hex(value)), value) and sys.get_int_max_str_digits() == before


@pytest.mark.parametrize("text", ["a=1, a=2", "a=1, b=2, a=1", "fi=1, \ufb01=2"])
def test_a_keyword_may_be_given_once(text):
    with pytest.raises(NotPlain, match="twice"):
        parse_arguments(text)
