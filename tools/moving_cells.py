"""Where the moving parts stand in a notebook's page: in place of the outputs of `explore`, `player` and `predict`.

What a guess is about is folded until it is made: the outputs of the comparison, and of the cells around it up to the
texts above and below. In the learner's notebook the comparison has no output; it comes from the instructor's.
"""

from __future__ import annotations

import re
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.course.predictions import MIME, asked
from tools.moving import VIEWS, View
from tools.moving_frames import Pictures, anchor, player_part, question_part, sentence_part, view_part

EXPLORED = re.compile(r"^explore\((\w+),", re.MULTILINE)
GUESSED = re.compile(r'^(\w+) = predict\("([^"]+)", \.\.\.\)', re.MULTILINE)
TRY = "04_rewards", "reward_view"  # what the front page leads to


def view_of(stem: str, name: str) -> View:
    """The view of an `explore` in a notebook. Raises `ConfigError` for one that the table does not know."""
    for view in VIEWS:
        if (view.notebook, view.name) == (stem, name):
            return view
    raise ConfigError(f"explore({name}, ...) of notebook {stem} is not in the table of tools/moving.py")


def results(instructor: Any) -> dict[str, tuple[Any, Any]]:
    """The result of each prediction, as an instructor's notebook shows it, with the cell that does."""
    return {
        output["data"][MIME]["name"]: (output["data"][MIME]["result"], cell)
        for cell in instructor.cells
        if cell.cell_type == "code" and ".against(" in cell.source
        for output in cell.outputs
        if MIME in output.get("data", {})
    }


def set_moving(notebook: Any, stem: str, instructor: Any, pictures: Pictures) -> None:
    """Put the moving parts into a learner's notebook, in place of what does not move without a kernel."""
    found = results(instructor)
    guesses = []  # the guess's variable, the question's name, and the comparison in the instructor's notebook
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        if explored := EXPLORED.search(cell.source):
            show(cell, view_part(view_of(stem, explored[1]), pictures))
        elif cell.source.startswith("player("):
            show(cell, player_part(strip_below(notebook.cells[place:], stem), pictures))
        elif guessed := GUESSED.search(cell.source):
            variable, name = guessed.groups()
            if name in found:
                result, twin = found[name]
                show(cell, question_part(name, asked(name), result))
                guesses.append((variable, name, twin))
    for guess in guesses:
        fold(notebook.cells, *guess)


def strip_below(cells: list, stem: str) -> str:
    """The page of the first `strip(...)` in these cells. Raises `ConfigError` if there is none with an output."""
    for cell in cells:
        if cell.source.startswith("strip(") and cell.outputs:
            return cell.outputs[0]["data"]["text/html"]
    raise ConfigError(f"the player of notebook {stem} needs the output of strip(...) below it: build the notebook")


def show(cell: Any, text: str) -> None:
    """Give a cell this HTML as its only output."""
    from nbformat.v4 import new_output

    cell.outputs = [new_output("display_data", data={"text/html": text})]


def fold(cells: list, variable: str, name: str, twin: Any) -> None:
    """Mark the cells around a comparison whose outputs wait for the guess, and give the comparison its outputs.

    `twin` is the comparison in the instructor's notebook. What is marked begins below the guess or the last text,
    and ends at the next text.
    """
    compared = next(i for i, cell in enumerate(cells) if f"{variable}.against(" in cell.source)
    first, end = compared, compared + 1
    while cells[first - 1].cell_type == "code" and not GUESSED.search(cells[first - 1].source):
        first -= 1
    while end < len(cells) and cells[end].cell_type == "code":
        end += 1
    for cell in cells[first:end]:
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), f"behind-{anchor(name)}"]
    cells[compared].outputs = [compared_part(output, name) for output in twin.outputs]


def compared_part(output: Any, name: str) -> Any:
    """An output of a comparison; the sentence itself is one that `moving.js` writes anew."""
    if MIME in output.get("data", {}):
        output["data"] = {"text/html": sentence_part(name, output["data"]["text/plain"])}
    return output


def front_line() -> str:
    """The line of the front page that leads to something that moves."""
    stem, name = TRY
    link = f'<a href="notebooks/{stem}.html#{anchor(name)}">drag the reward of a proposer</a>'
    return f'<p class="try-it"><strong>Try it here</strong>, with nothing installed: {link}.</p>'
