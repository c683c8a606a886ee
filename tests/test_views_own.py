"""A reader's own program: solved side by side, or refused with a reason; its text never becomes markup."""

from __future__ import annotations

import pytest

from azr_nb.course.views.own import side_by_side
from azr_nb.environments.python_programs.environment import PythonPrograms


@pytest.fixture(scope="module")
def environment():
    environment = PythonPrograms()
    yield environment
    environment.close()


def test_two_policies_answer_side_by_side(policy, environment):
    page = side_by_side("def f(a):\n    return a + 1", "4", {"base": policy, "again": policy}, environment, samples=4)
    rows = page.removesuffix("</table>").split("<tr>")[2:]
    assert len(rows) == 2 and "base" in rows[0] and "again" in rows[1] and " of 4" in rows[0]
    assert rows[0].replace("base", "again") == rows[1], "the same policy answers the same"
    assert ">5<" in page


@pytest.mark.parametrize(
    "program, given, words",
    [
        ("def f(a):\n    return a + ", "4", "unparsable"),
        ("import os\ndef f(a):\n    return a", "4", "forbidden"),
        ("def f(a):\n    return a", "g(1)", "<b>"),
        ("def f(a):\n    return '<script>' + a", "'x' + ", "&#x27;x&#x27;"),
        ("def f(a):\n    return a", "'語'", "no tokens"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(policy, environment, program, given, words):
    page = side_by_side(program, given, {"base": policy}, environment)
    assert words in page and "<script>" not in page and "<table" not in page
