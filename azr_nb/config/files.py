"""What is written: files that are there whole or not at all, and `config.yaml`, which is read strictly.

Nothing is written through a link, for a folder may come from anybody.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, BinaryIO

import yaml
from pydantic import ValidationError

from azr_nb.config.settings import OLD_NAMES, ConfigError, SelfPlayConfig, brief, one_line

_HERE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

FORMAT = 9  # of run folders, in config.yaml, and of adapters; what has none is of format 0
FORMAT_FILE = "azr_nb.json"  # which has the number beside an adapter
# settings that came later than the first run folders, with the format whose folders are the first to have them
_FIRST = (
    "prompt_format chat_template device precision generation vllm_mode vllm_server vllm_memory gradient_checkpointing "
    "max_input_chars max_output_chars eval_temperature role_balance importance_correction"
)
_LATER = {
    "environment": 2,
    "determinism_check": 2,
    "gate_leak": 3,
    "invalid_reward": 3,
    "grammar_tasks": 4,
    "wrong_weight": 5,
    "first_samples": 5,
    "hindsight_share": 6,
    "hindsight_weight": 6,
    "hindsight_outputs": 7,
    "scratchpad_credit": 7,
    "replay_share": 7,
    "replay_weight": 7,
    "television": 8,
    "max_arguments": 8,
    "report_to": 9,
}
ADDED = dict.fromkeys(_FIRST.split(), 1) | _LATER


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one, never a part.

    A link at the path is replaced, not followed. Raises `OSError` and leaves the old file if that cannot be.
    """
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)  # left by a crash, or put there as a link by somebody
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _HERE, 0o666), "wb") as file:
            file.write(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def open_to_append(path: Path) -> BinaryIO:
    """A file to go on writing at its end. Raises `OSError` if the path is a link."""
    return open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _HERE, 0o666), "ab")


# --- YAML ------------------------------------------------------------------------------------------------------------
class _Unambiguous(yaml.SafeLoader):
    """YAML without what people read in another way than YAML does: a key given twice, and 010 for 8."""

    def construct_mapping(self, node, deep=False):
        keys = set()
        for child, _ in node.value:
            key = self.construct_object(child, deep=True)
            if key in keys:
                raise yaml.constructor.ConstructorError(problem=f"{brief(key)} is given twice")
            keys.add(key)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node):
        text = self.construct_scalar(node)
        if not re.fullmatch(r"[-+]?(0|[1-9][0-9_]*)", text):
            raise yaml.constructor.ConstructorError(
                problem=f"{text[:20]} could be read as several numbers: write it without leading zeros, colons and x"
            )
        return int(text)


_Unambiguous.add_constructor("tag:yaml.org,2002:int", _Unambiguous.construct_yaml_int)


def read_yaml(text: str) -> Any:
    """What YAML says, read strictly. Raises `ConfigError` with the first line of what is wrong with it."""
    try:
        return yaml.load(text, Loader=_Unambiguous)
    except RecursionError:
        raise ConfigError("it is nested too deeply") from None
    # of dates, of huge numbers, of keys that are lists, and of tags whose value PyYAML does not look at
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark is not None else ""
        raise ConfigError(f"{' '.join(str(getattr(error, 'problem', None) or error).split())[:150]}{place}") from None


def save_config(config: SelfPlayConfig, path: Path) -> None:
    """Write the config as YAML, each field with its description as a comment."""
    lines = [f"# the form of this run folder, for later releases of azr-nb\nformat: {FORMAT}"]
    values = config.model_dump(mode="json")
    for name, field in SelfPlayConfig.model_fields.items():
        text = yaml.safe_dump({name: values[name]}, default_flow_style=False).strip()
        lines.append(f"# {field.description}\n{text}")
    write_atomic(path, "\n".join(lines) + "\n")


def load_config(path: Path, whole: bool = True) -> SelfPlayConfig:
    """Read a saved config; every setting has to be there, unless `whole` is False or it is newer than the run.

    Raises `ConfigError` with one line if it is missing, broken, impossible or of a newer release.
    """
    try:
        data = read_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist") from None
    except (UnicodeDecodeError, ConfigError) as error:
        raise ConfigError(f"{path} is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path} does not hold settings (name: value lines)")
    form = check_format(data.pop("format", 0), path)
    data = {OLD_NAMES.get(name, name): value for name, value in data.items()}
    missing = [name for name in SelfPlayConfig.model_fields if name not in data and ADDED.get(name, 0) <= form]
    if whole and missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ConfigError(f"{path} is not whole: it lacks the setting {missing[0]}{more}; restore the file")
    try:
        return SelfPlayConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{path}: {one_line(error)}") from None


def check_format(form: Any, path: Path) -> int:
    """The number of a format that this release can read. Raises `ConfigError` for one that it cannot."""
    if not isinstance(form, int) or isinstance(form, bool) or form < 0:
        raise ConfigError(f"{path}: format: {brief(form)} is not a format number; restore the file")
    if form > FORMAT:
        raise ConfigError(f"{path} was written by a newer azr-nb (format {form}, known up to {FORMAT}): upgrade")
    return form
