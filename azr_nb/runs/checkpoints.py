"""Checkpoints of a run: what stands in one, and which of a run can be gone on from.

A checkpoint is a folder of TRL's (adapter, optimizer, random states) with our buffer and `state.json` beside it, which
is written last and holds the counters and the sizes of the files. All of it is only looked at here, never executed.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from azr_nb.config.files import write_atomic
from azr_nb.tasks import Task

STATE = "state.json"
UNFINISHED = "it was never finished"
# what the first release had in a checkpoint, whose states hold no sizes
USUAL = (
    "adapter_config.json adapter_model.safetensors buffer.jsonl optimizer.pt rng_state.pth scheduler.pt "
    "trainer_state.json"
).split()
_WEIGHTS = (".safetensors", ".pt", ".pth", ".bin", ".distcp")  # the last two where the work is shared by processes


def _texts(values: list) -> list:
    """Programs as they stand, with halves of surrogate pairs, which a list of str would refuse."""
    if not all(isinstance(value, str) for value in values):
        raise ValueError("not all of them are texts")
    return values


class State(BaseModel):
    """A run at a checkpoint: its counters, and how large the growing files and the checkpoint's own ones were."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)

    step: int = Field(ge=1)
    checkpoint: str = Field(pattern=r"^checkpoints/checkpoint-[0-9]{1,9}$")
    rollouts_bytes: int = Field(ge=0)
    recent: Annotated[list, AfterValidator(_texts)]
    solve_rates: dict[str, float]
    rare: dict[str, str] = {}
    minutes: float = Field(ge=0)
    files: dict[str, int] = {}


def complete(run: Path, folder: Path, state: State) -> None:
    """Write the state of a checkpoint whose other files are there: into its folder, then as the run's newest."""
    names = [path for path in folder.rglob("*") if path.is_file() and _counts(path.name)]
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in names}
    text = json.dumps(state.model_copy(update={"files": sizes}).model_dump())
    write_atomic(folder / STATE, text)
    write_atomic(run / STATE, text)


def _counts(name: str) -> bool:
    """Whether a run cannot be gone on with without this file."""
    return name in USUAL or (name.endswith(_WEIGHTS) and name != "training_args.bin")


def newest_usable(run: Path, rows: Sequence[Mapping[str, str]], rollouts: int) -> tuple[State | None, list[str]]:
    """The state of the newest checkpoint that is whole, and a sentence for each newer one about what is wrong with it.

    `rows` are those of metrics.csv, `rollouts` is the size of rollouts.jsonl.gz.
    """
    problems = []
    for folder in reversed(folders(run)):
        state, problem = _state_of(run, folder)
        problem = problem or fault(run, state) or _shortage(state, rows, rollouts)
        if not problem:
            return state, problems
        problems.append(f"{folder.name}: {problem}")
    return None, problems


def folders(run: Path) -> list[Path]:
    """The folders of a run's checkpoints, whole or not, the oldest first."""
    found = {number(path): path for path in (run / "checkpoints").glob("checkpoint-*") if path.is_dir()}
    return [found[step] for step in sorted(found) if step >= 0]


def number(folder: Path | str) -> int:
    """The step in the name of a checkpoint's folder; -1 if there is none."""
    text = Path(folder).name.removeprefix("checkpoint-")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _state_of(run: Path, folder: Path) -> tuple[State | None, str]:
    """The state of a checkpoint, or in words why there is none."""
    own = folder / STATE
    path = own if own.is_file() else run / STATE  # which is where the first release had the only one
    try:
        state = State.model_validate(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None, UNFINISHED
    except ValidationError as error:
        first = error.errors()[0]
        return None, f"{STATE} is damaged ({'.'.join(map(str, first['loc']))}: {first['msg']})"
    except (ValueError, RecursionError):
        return None, f"{STATE} is cut short"
    if Path(state.checkpoint).name != folder.name:
        return None, UNFINISHED if path is not own else f"{STATE} belongs to {state.checkpoint}"
    return state, ""


def fault(run: Path, state: State) -> str:
    """What is wrong with the files of a checkpoint, or an empty text."""
    folder = run / state.checkpoint
    names = [*state.files] or [name for name in USUAL if name == "buffer.jsonl" or not _shared(folder)]
    for name in dict.fromkeys([*names, "buffer.jsonl", "trainer_state.json"]):
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        size = state.files.get(name)
        if size is not None and path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes instead of {size}"
        if not readable(path):
            return f"{name} is cut short or damaged"
    steps = json.loads((folder / "trainer_state.json").read_bytes()).get("global_step")
    return "" if steps == state.step else f"trainer_state.json is of step {steps}, and {STATE} of {state.step}"


def _shared(folder: Path) -> bool:
    """Whether several processes wrote a checkpoint, which have other files than one alone."""
    return (folder / "rng_state_0.pth").is_file()


def readable(path: Path) -> bool:
    """Whether a file has the format that its name promises; nothing in it is executed or unpickled."""
    from safetensors import SafetensorError, safe_open

    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="numpy"):  # the header names the length of the file
                return True
        if path.suffix in (".pt", ".pth"):
            with zipfile.ZipFile(path) as packed:
                return packed.testzip() is None
        if path.suffix == ".json":
            return isinstance(json.loads(path.read_bytes()), dict)
        if path.suffix == ".jsonl":
            for line in path.read_bytes().splitlines():
                Task.from_dict(json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError, EOFError, zipfile.BadZipFile, SafetensorError):
        return False
    return True


def _shortage(state: State, rows: Sequence[Mapping[str, str]], rollouts: int) -> str:
    """What the growing files lack of what they had at a checkpoint, or an empty text."""
    if rollouts < state.rollouts_bytes:
        return f"rollouts.jsonl.gz has {rollouts} bytes, and had {state.rollouts_bytes} then"
    if len(rows) < state.step:
        return f"metrics.csv has {len(rows)} rows, and had {state.step} then"
    odd = next((i for i, row in enumerate(rows[: state.step]) if row.get("step") != str(i)), None)
    return "" if odd is None else f"the row of step {odd} in metrics.csv is missing or damaged"
