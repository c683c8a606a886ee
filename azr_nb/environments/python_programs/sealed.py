"""The sealed suite: programs of forms that the warm-up's grammar does not write, which chose no setting of anything.

Presets were chosen by scores on the suites `own` and `harder`, so scores on these flatter whatever was chosen. Here the
cells are forms, each a template of `assets/sealed.toml` with other constants, and each asked as all three task types.
"""

from __future__ import annotations

import ast
import gzip
import json
import random
from functools import cache
from importlib.resources import files

from azr_nb.config.assets import toml_asset
from azr_nb.environments.python_programs.corpus import INPUTS, PROBES, held_out_keys, own_outcomes, probe_inputs, small
from azr_nb.environments.python_programs.grammar import sample_input
from azr_nb.environments.python_programs.messages import hint
from azr_nb.environments.python_programs.statements import LETTERS
from azr_nb.programs.values import parse_value, repr_value
from azr_nb.tasks import Task

FILE = "sealed.jsonl.gz"
PER_FORM = {"deduction": 8, "abduction": 6, "induction": 6}
TRIES = 14  # inputs that are tried for a program


def draw(rng: random.Random, body: str, arguments: int) -> str:
    """A program of a form, in the spelling of `ast.unparse`."""
    c, d = rng.sample([repr(letter) for letter in LETTERS[:8]], 2)
    filled = body.format(n=rng.randint(2, 5), m=rng.randint(6, 9), c=c, d=d)
    lines = "\n".join(f"    {line}" for line in filled.split("\n"))
    return ast.unparse(ast.parse(f"def f({', '.join('ab'[:arguments])}):\n{lines}"))


def make_sealed(seed: str = "sealed") -> list[tuple[str, Task, str]]:
    """Draw the suite anew: form, task, and the behaviour of its program (see `corpus`), which no held-out task has.

    A form with few constants has few programs, which are asked with other inputs then. Raises `RuntimeError` for a form
    that cannot fill its part.
    """
    known, ids, found = held_out_keys()[1], set(), []
    for form, row in toml_asset("sealed").items():
        rng, types = random.Random(f"{seed}/{form}"), tuple(row["types"])
        for task_type, count in PER_FORM.items():
            for _ in range(1000):
                if not count:
                    break
                program = draw(rng, row["body"], len(types))
                calls = list(dict.fromkeys(sample_input(rng, types) for _ in range(TRIES)))
                outcomes = own_outcomes(program, [*probe_inputs(types), *calls])
                behaviour = f"{types} {[o.text if o.status == 'ok' else o.status for o in outcomes[:PROBES]]}"
                tried = zip(calls, outcomes[PROBES:], strict=True)
                pairs = [(call, repr_value(parse_value(o.text))) for call, o in tried if o.status == "ok"]
                pairs = [(call, output) for call, output in pairs if small(parse_value(output))][:INPUTS]
                varied = len({output for _, output in pairs[: INPUTS // 2]}) > 1
                if len(pairs) < INPUTS or not varied or behaviour in known:
                    continue
                induction = task_type == "induction"
                task = Task(
                    task_type,
                    program,
                    tuple(pairs) if induction else (pairs[0],),
                    visible=INPUTS // 2 if induction else 0,
                    message=hint(program) if induction else "",
                )
                if task.id not in ids:
                    ids.add(task.id)
                    found.append((form, task, behaviour))
                    count -= 1
            if count:
                raise RuntimeError(f"the form {form} lacks {count} tasks of {task_type}: widen its constants")
    return found


@cache
def load_sealed() -> tuple[dict[str, str], tuple[Task, ...]]:
    """The form of each task by its id, and the tasks, as they come with the package."""
    path = files("azr_nb") / "assets" / FILE
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    tasks = tuple(Task.from_dict(row["task"]) for row in rows)
    return {task.id: row["form"] for row, task in zip(rows, tasks, strict=True)}, tasks
