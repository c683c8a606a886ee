"""`azr-nb course` and `azr-nb lab`: the notebooks that come with the package, in a folder of one's own."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

from typer import Argument, Option

FOLDER, FIRST = Path("azr-nb-course"), "00_start_here.ipynb"


def source() -> Path:
    """The folder of the notebooks: in an installed package among its assets, in a checkout next to it.

    Raises `ConfigError` if they are in neither place.
    """
    from azr_nb.config import ConfigError

    package = Path(__file__).parents[1]
    for folder in (package / "assets" / "notebooks", package.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return folder
    raise ConfigError("this installation has no notebooks: install the wheel, or work in a clone of the repository")


def write_course(folder: Path, renew: bool = False) -> dict[str, list[str]]:
    """Copy the notebooks into a folder; by name those that were "written", "kept" as they were, and "moved" aside.

    A file that is there and differs is kept; with `renew` it is moved to NAME.yours, and the new one is written.
    Raises `ConfigError` for a folder that cannot be one.
    """
    from azr_nb.config import ConfigError

    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file: name a folder")
    found: dict[str, list[str]] = {"written": [], "kept": [], "moved": []}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(source().iterdir()):
            target = folder / path.name
            if path.suffix not in (".ipynb", ".md", ".png") or target.is_file() and filecmp.cmp(path, target, False):
                continue
            if target.exists() and not renew:
                found["kept"].append(path.name)
                continue
            if target.exists():
                target.replace(free_name(target))
                found["moved"].append(path.name)
            shutil.copyfile(path, target)
            found["written"].append(path.name)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror or error}") from None
    return found


def free_name(path: Path) -> Path:
    """The first of NAME.yours, NAME.yours-2, ... that is not there, before the ending."""
    number = 1
    while True:
        name = f"{path.stem}.yours{f'-{number}' if number > 1 else ''}{path.suffix}"
        if not path.with_name(name).exists():
            return path.with_name(name)
        number += 1


def course(
    folder: Path = Argument(FOLDER, help="the folder to write; it may be there"),
    renew: bool = Option(
        False, "--renew", help="write all notebooks anew; yours are kept beside them as NAME.yours.ipynb"
    ),
) -> None:
    """Write the course's notebooks and the glossary into a folder of your own.

    What is there already and differs is left alone, so that no answer of yours is lost.

    Example: azr-nb course my-course
    """
    found = write_course(folder, renew)
    print(f"{folder}: {len(found['written'])} files written")
    if found["kept"]:
        print(f"left as they are, since they differ: {', '.join(found['kept'])} (--renew writes them anew)")
    if found["moved"]:
        print(f"yours are kept as NAME.yours: {', '.join(found['moved'])}")
    print(f"Open them with: azr-nb lab {folder}")


def lab(
    folder: Path = Argument(FOLDER, help="the folder of the course; it is written if it is not there"),
    browser: bool = Option(True, "--browser/--no-browser", help="open a browser window"),
) -> None:
    """Open the course in JupyterLab."""
    from azr_nb.config import ConfigError

    if not (folder / FIRST).is_file():
        write_course(folder)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={os.path.abspath(folder)}"]
    command += [f"--LabApp.default_url=/lab/tree/{FIRST}", *([] if browser else ["--no-browser"])]
    try:
        code = subprocess.call(command)
    except KeyboardInterrupt:  # JupyterLab has been told too, and asks whether to stop
        code = 0
    if code:
        raise ConfigError(f"JupyterLab ended with code {code}: its last lines above say why")
