"""Reading model text never warns, whatever it holds."""

from __future__ import annotations

import warnings

import pytest

from azr_nb.environments.python_programs.rules import examine
from azr_nb.programs.syntax import parse, read
from azr_nb.programs.values import NotPlain, arguments_program, parse_arguments, parse_value
from azr_nb.prompts.compact import Unparsable, tidy_program

ODD = ("1in [1]", "'\\d'", "0x1for x in y", "1 is 1", "()()", "def f(a):\n    return 1if a else 2or 3")


@pytest.mark.parametrize("text", ODD)
def test_odd_text_brings_no_warning(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(text)
        arguments_program(text)
        examine(text)
        broken = (NotPlain, Unparsable, SyntaxError)
        for function in (parse_value, parse_arguments, tidy_program, read):
            try:
                function(text)
            except broken as error:
                assert "Warning" not in str(error)
