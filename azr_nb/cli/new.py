"""`azr-nb new`: a small tested package of one's own, with a notebook, from the templates that the pages show too."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from typer import Argument, Option

from azr_nb.config import ConfigError

TEMPLATES = Path(__file__).parents[1] / "assets" / "templates"


class Kind(StrEnum):
    """What can be begun."""

    reward = "reward"
    task_type = "task-type"
    environment = "environment"


ABOUT = {
    Kind.reward: "A proposer reward: 1 for a task that is solved half of the time, 0 for one that is solved always or "
    "never. Change the function, and the tests say whether a run can use it.",
    Kind.task_type: "Python programs with a fourth task type: how many characters does the output have?",
    Kind.environment: "An environment in which words are written backwards, with a prompt format and a warm-up.",
}
COMMANDS = {
    Kind.reward: "azr-nb train --plugin {module}.py --proposer-reward {name}",
    Kind.task_type: "azr-nb train --plugin {module}.py --preset classroom --environment {name} "
    '--set "task_types=[deduction, length]"',
    Kind.environment: "azr-nb pretrain --plugin {module}.py --environment {name} --out model\n"
    "azr-nb train --plugin {module}.py --environment {name} --model model --preset things --steps 100 "
    "--set composite_share=0 --set learning_rate=5e-4",
}


def rendered(kind: Kind, name: str) -> dict[str, str]:
    """The files of a new package by their names. Raises `ConfigError` for a name that code cannot have."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise ConfigError(f"{name!r} cannot be a name: take small letters, digits and hyphens, such as my-{kind}")
    module = name.replace("-", "_")
    name = module if kind is Kind.reward else name  # a reward is named by letters, digits and _
    words = {
        "name": name,
        "module": module,
        "type": "".join(part.capitalize() for part in module.split("_")),
        "kind": kind.value,
        "about": ABOUT[kind],
        "command": COMMANDS[kind].format(name=name, module=module),
    }
    loader = FileSystemLoader(TEMPLATES)
    templates = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    text = lambda file: templates.get_template(f"{file}.j2").render(words)  # noqa: E731
    return {
        f"{module}.py": text(f"{kind.value}.py"),
        f"test_{module}.py": text(f"{kind.value}_test.py"),
        f"{module}.ipynb": as_notebook(text(f"{kind.value}_notebook.py")),
        "README.md": text("readme.md"),
    }


def as_notebook(script: str) -> str:
    """A notebook from a script whose cells begin with `# %%`, or `# %% [markdown]`."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = []
    for part in re.split(r"(?m)^# %%", script)[1:]:
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            cells.append(new_markdown_cell(re.sub(r"(?m)^# ?", "", body).strip()))
        else:
            cells.append(new_code_cell(body.strip()))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # the same notebook each time
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.writes(new_notebook(cells=cells, metadata={"kernelspec": kernel})) + "\n"


def new(
    kind: Kind = Argument(..., help="what to begin: reward, task-type or environment"),
    folder: Path = Argument(..., help="the folder to write; it must be empty or not there"),
    name: str | None = Option(None, help="the name that runs use; by default the folder's"),
) -> None:
    """Begin a reward, a task type or an environment of your own: code, tests and a notebook that run as they are.

    Example: azr-nb new reward my-reward
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} holds something: name an empty folder or a new one")
    files = rendered(kind, name or folder.resolve().name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror or error}") from None
    print(f"{folder}: {', '.join(files)}")
    print(f"Try it: cd {folder}, then python -m pytest")
