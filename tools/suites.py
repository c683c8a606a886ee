"""`python -m tools suites`: draw the held-out suites of Python programs anew and write them into the package.

The first 200 tasks of each type came before the bundled policy was warmed up, and the warm-up kept away from them. The
others came after it, so that they keep away from the warm-up: its cases, the programs that it shows as references, and
the suite `sealed`, which was drawn before them too.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from azr_nb.environments.python_programs.corpus import STYLES, held_out_keys, make_suite, warm_up_cases
from azr_nb.environments.python_programs.sealed import make_sealed
from azr_nb.learning.warmup import RECIPES
from azr_nb.learning.warmup_texts import case_texts
from azr_nb.prompts.compact import CompactFormat

PER_TYPE = 1000
FILE = Path("azr_nb/assets/held_out.jsonl.gz")


class _Shown(set[str]):
    """Held-out programs, which notes every program that is looked up and not found: the warm-up shows it then."""

    def __init__(self, programs):
        super().__init__(programs)
        self.shown: set[str] = set()

    def __contains__(self, program: object) -> bool:
        found = super().__contains__(program)
        if not found:
            self.shown.add(str(program))
        return found


def warmed_up_on(seed: int, count: int) -> tuple[set[str], set[str]]:
    """Programs that a warm-up shows, and the behaviours of its cases (some 15 minutes for the bundled policy's)."""
    held_out, prompt_format, rng = _Shown(held_out_keys()[0]), CompactFormat(), random.Random(f"texts {seed}")
    behaviours, earlier = set(), []
    for case in tqdm(warm_up_cases(seed, count), total=count, desc="warm-up", dynamic_ncols=True):
        behaviours.add(case.behaviour)
        held_out.shown.add(case.program)
        for _ in case_texts(case, earlier, rng, prompt_format, held_out):
            pass
        earlier = [*earlier[-15:], case]
    return held_out.shown, behaviours


def draw(say: Callable[[str], None], seed: int = 0, count: int = RECIPES["python"].cases) -> bytes:
    """The file of both suites, apart from the warm-up of one seed."""
    programs, behaviours = warmed_up_on(seed, count)
    behaviours |= {behaviour for _, _, behaviour in make_sealed()}
    lines = []
    for name in STYLES:
        tasks, found = make_suite(name, PER_TYPE, programs, behaviours)
        lines += [
            json.dumps({"suite": name, "task": task.to_dict(), "behaviour": behaviour})
            for task, behaviour in zip(tasks, found, strict=True)
        ]
        say(f"{name}: {len(tasks):,} tasks")
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), 9, mtime=0)
