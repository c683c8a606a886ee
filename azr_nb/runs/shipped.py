"""Recorded runs as files of the package: packed into one archive each, and opened as run folders again.

An archive is a zip with LZMA inside. Rollouts are stored unpacked in it, since what gzip has packed once cannot be
packed better, and are gzipped again when it is opened. Opened runs lie in a folder that goes with the process.
"""

from __future__ import annotations

import atexit
import gzip
import json
import shutil
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from azr_nb.config import load_config
from azr_nb.runs.catalogue import CATALOGUE, RecordedRun
from azr_nb.runs.folder import RunFolderError, check_run_format, read_mapping
from azr_nb.runs.plots import read_metrics

FOLDER = Path(__file__).parents[1] / "assets" / "runs"
_PACKED = "rollouts.jsonl.gz"


def archive(name: str) -> Path:
    """Where a recorded run's archive stands."""
    return FOLDER / f"{name}.zip"


def shipped() -> list[RecordedRun]:
    """The runs of the catalogue whose archives are there, in its order."""
    return [run for run in CATALOGUE.values() if archive(run.name).is_file()]


def pack(folder: Path, run: RecordedRun, target: Path | None = None) -> Path:
    """Pack what the catalogue keeps of a finished run. Raises `RunFolderError` if a file is missing."""
    target = target or archive(run.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    missing = [name for name in run.keep if not (folder / name).is_file()]
    if missing:
        raise RunFolderError(f"{folder} cannot be packed: {missing[0]} is missing; is the run finished?")
    # a run names its model's folder from the root of a machine's disk; an archive names it as its command does
    there = str(run.settings.get("model", ""))
    here = load_config(folder / "config.yaml").model if there else ""
    fresh = target.with_suffix(".tmp")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_LZMA) as out:
        for name in run.keep:
            data = (folder / name).read_bytes()
            if name == "metrics.csv" and run.every > 1:
                head, *rows = data.splitlines(keepends=True)
                data = b"".join([head, *rows[run.every - 1 :: run.every]])
            if there and name in ("config.yaml", "summary.json") and here.endswith(there):
                data = data.replace(here.encode(), there.encode())
            # with one date the same run gives the same bytes
            entry = zipfile.ZipInfo(name.removesuffix(".gz"), date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_LZMA
            out.writestr(entry, gzip.decompress(data) if name == _PACKED else data)
    fresh.replace(target)  # there whole or not at all
    return target


@cache
def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="azr-nb-runs-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@cache
def open_recorded(name: str) -> Path:
    """The run folder of a recorded run, unpacked once per process. Raises `RunFolderError` for an unknown name."""
    if name not in CATALOGUE or not archive(name).is_file():
        known = [run.name for run in shipped()]
        more = f" and {len(known) - 5} more" if len(known) > 5 else ""
        raise RunFolderError(
            f"there is no folder and no recorded run {name!r}: azr-nb runs lists {', '.join(known[:5])}{more}"
        )
    folder = _home() / name
    with zipfile.ZipFile(archive(name)) as packed:
        for entry in packed.namelist():
            path = folder / entry
            path.parent.mkdir(parents=True, exist_ok=True)
            data = packed.read(entry)
            if f"{entry}.gz" == _PACKED:
                path, data = folder / _PACKED, gzip.compress(data, compresslevel=1, mtime=0)
            path.write_bytes(data)
    return folder


def open_run(name_or_folder: str | Path) -> Path:
    """A run folder by its path, or a recorded run by its name; a folder goes before a name.

    Raises `RunFolderError` if it is neither, or of a newer release.
    """
    folder = Path(name_or_folder)
    if not folder.is_dir():
        return open_recorded(str(name_or_folder))
    check_run_format(folder)
    return folder


def recorded_metrics(name: str) -> dict[str, list[float]]:
    """The columns of a recorded run's metrics.csv."""
    return read_metrics(open_recorded(name) / "metrics.csv")


def recorded_summary(name: str) -> dict[str, Any]:
    """A recorded run's summary.json."""
    return read_mapping(open_recorded(name) / "summary.json", json.loads)


def twins() -> list[dict[str, list[float]]]:
    """The metrics of the healthy twins of the sick runs."""
    return [recorded_metrics(run.name) for run in shipped() if run.group == "twin"]
