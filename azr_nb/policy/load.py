"""A policy: a language model with its tokenizer, and the LoRA adapter that self-play trains on it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azr_nb.config import FORMAT_FILE, check_format
from azr_nb.policy.hardware import LARGE, Placement, give_back_memory, place
from azr_nb.policy.models import MADE_FOR, Found, ModelError, find, first_line
from azr_nb.policy.stops import Stops

if TYPE_CHECKING:
    from azr_nb.config import SelfPlayConfig

_SAFELY = dict(local_files_only=True, trust_remote_code=False)  # a model's own code is never run
PACKS = ("llama", "qwen2", "mistral")  # architectures that take a mask of our own; a test holds each to TRL's pass
PolicyError = ModelError  # one name for everything that keeps a policy from being loaded


@dataclass
class Policy:
    """A causal language model with its tokenizer. `model` may carry a LoRA adapter.

    `notes` are sentences about what is odd with the model and was mended, for the log.
    """

    model: Any
    tokenizer: Any
    name: str
    placement: Placement = Placement("cpu", "float32", False)
    source: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def eos(self) -> frozenset[int]:
        """The ids of all tokens that end a text: the tokenizer's, and those that the model was made to stop at."""
        ids = {self.tokenizer.eos_token_id}
        for settings in (self.model.config, getattr(self.model, "generation_config", None)):
            given = getattr(settings, "eos_token_id", None)
            ids |= set(given) if isinstance(given, (list, tuple)) else {given}
        return frozenset(ids - {None})

    @property
    def pad(self) -> int:
        return self.tokenizer.pad_token_id

    @property
    def parameters(self) -> int:
        """The number of parameters without the adapter's."""
        return sum(p.numel() for name, p in self.model.named_parameters() if ".lora_" not in name)

    @property
    def environment(self) -> str:
        """The environment that the policy was trained on alone; empty for a language model."""
        named = getattr(self.model.config, MADE_FOR, None)
        return named or ("python" if "# solve deduction\n" in self.tokenizer.get_vocab() else "")

    @property
    def compact(self) -> bool:
        """Whether the policy knows the compact prompt format of its environment and no other."""
        return bool(self.environment)

    @property
    def fast(self) -> bool:
        """Whether the shared-prefix sampler knows this architecture."""
        from azr_nb.policy.sampler_weights import supports

        return supports(self._base)

    @property
    def packs(self) -> bool:
        """Whether the architecture sees exactly what a mask of four dimensions lets it see (for packed updates)."""
        config = self._base.config
        return (
            config.model_type in PACKS
            and not getattr(config, "use_sliding_window", False)
            and (config.model_type != "mistral" or getattr(config, "sliding_window", None) is None)
        )

    @property
    def _base(self) -> Any:
        return self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model

    def stops(self, strings: tuple[str, ...] = (), keep: bool = False) -> Stops:
        """The ends of this policy's completions, with stop strings if there are any."""
        return Stops(self.tokenizer, sorted(self.eos), strings, keep)

    def encode(self, prompts: list[str], special: bool = True) -> list[list[int]]:
        """Token ids of each prompt; with `special`, behind the token that the tokenizer begins texts with, if any."""
        if not prompts:
            return []
        ids = self.tokenizer(prompts, add_special_tokens=special)["input_ids"]
        end = self.tokenizer.eos_token_id  # some tokenizers close a text, which would end it before it began
        return [row[:-1] if special and len(row) > 1 and row[-1] == end else row for row in ids]

    def describe(self) -> str:
        """One line: name, size, precision, device, and where the weights came from."""
        size = self.parameters / 1e6
        where = {"cpu": "CPU", "cuda": "GPU", "mps": "Apple GPU"}[self.placement.device]
        return f"{self.name}: {size:,.1f} million parameters, {self.placement.precision} on the {where}, {self.source}"


def load_policy(
    name: str = "tiny",
    device: str = "auto",
    precision: str = "auto",
    checkpointing: bool | None = None,
    merge: bool | None = None,
    weights: bool = True,
) -> Policy:
    """Load a model by name (see `models.find`), an adapter folder, or a run folder with its adapter.

    Device, precision and gradient checkpointing follow from the hardware unless they are given (see `hardware.place`).
    `merge` adds an adapter to the weights; by default in float32 only, where nothing of it is lost to rounding. Without
    `weights` the policy has a tokenizer and a shape alone: enough for its prompts, and large models cost nothing.
    Raises `PolicyError` or `HardwareError` with one line for whatever cannot be loaded.
    """
    found = find(name)
    try:
        if (found.folder / "adapter_config.json").is_file():
            policy = load_policy(_base_of(found.folder), device, precision, checkpointing, True, weights)
            if weights:
                _attach(policy, found.folder, policy.placement.precision == "float32" if merge is None else merge)
            policy.name = name
        elif (found.folder / "config.json").is_file():
            policy = _load(found, name, device, precision, checkpointing, weights)
        else:
            raise PolicyError(f"{found.folder} holds no model: neither config.json nor adapter_config.json is there")
    except Exception as error:  # many libraries, many exception types; all mean that the folder is unusable
        if type(error).__module__.startswith("azr_nb."):
            raise
        raise PolicyError(f"cannot load {name!r}: {first_line(error)}") from None
    policy.model.eval()
    bad = None
    if weights:
        import torch

        bad = next((n for n, p in policy.model.named_parameters() if not torch.isfinite(p).all()), None)
    if bad is not None:
        raise PolicyError(f"{name!r} has weights that are not finite (the first in {bad}): take another checkpoint")
    return policy


def _attach(policy: Policy, adapter: Path, merge: bool) -> None:
    from peft import PeftModel

    run = adapter.parent / "summary.json"
    with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
        trained_on = json.loads(run.read_text()).get("source", policy.source)
        if trained_on != policy.source:
            policy.notes.append(
                f"The adapter was trained on other weights ({trained_on}) than it sits on here ({policy.source})."
            )
    if not (adapter / "adapter_model.safetensors").is_file():  # PEFT would unpickle another file in its place
        raise PolicyError(f"{adapter} has no adapter_model.safetensors: restore it, or take another checkpoint")
    policy.model = PeftModel.from_pretrained(policy.model, adapter)
    if merge:
        policy.model = policy.model.merge_and_unload()
    policy.source += ", with an adapter"


def _base_of(adapter: Path) -> str:
    """The name of the model that an adapter sits on, which may be a folder beside it. Raises `PolicyError`, or
    `ConfigError` for one of a newer release.
    """
    form = 0
    with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
        form = json.loads((adapter / FORMAT_FILE).read_text(encoding="utf-8")).get("format", 0)
    check_format(form, adapter / FORMAT_FILE)
    try:
        settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        origin = settings["base_model_name_or_path"] or "tiny"
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PolicyError(f"{adapter}/adapter_config.json is cut short or names no base model") from None
    beside = adapter / "base"  # of an exported adapter, whose whole path is an old one once it is moved
    return str(beside) if (beside / "config.json").is_file() else origin


def _load(found: Found, name: str, device: str, precision: str, checkpointing: bool | None, weights: bool) -> Policy:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    settings = AutoConfig.from_pretrained(found.folder, **_SAFELY)
    with torch.device("meta"):  # nothing is allocated
        model = AutoModelForCausalLM.from_config(settings, trust_remote_code=False)
    parameters = sum(p.numel() for p in model.parameters())
    placement = place(parameters, device, precision, checkpointing)
    if placement.device == "cpu" and parameters >= LARGE:
        give_back_memory()
    if weights:
        # whole and on its device even if it will be spread over GPUs, because seeding comes before the spreading
        model = AutoModelForCausalLM.from_pretrained(
            found.folder, dtype=placement.dtype, use_safetensors=True, **_SAFELY
        )
        model = model.to(placement.device)
        own = model.generation_config  # a model may come with a top_p, a ban on repeating, ...: only its tokens count
        model.generation_config = GenerationConfig(
            **{f"{name}_token_id": getattr(own, f"{name}_token_id", None) for name in ("bos", "eos", "pad")}
        )
    tokenizer = AutoTokenizer.from_pretrained(found.folder, **_SAFELY)
    policy = Policy(model, tokenizer, name, placement, found.source)
    if tokenizer.eos_token_id is None:
        raise PolicyError(f"the tokenizer of {name!r} has no end-of-text token")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
        policy.notes.append("The tokenizer has no padding token; its end-of-text token pads.")
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise PolicyError(f"the tokenizer of {name!r} has {len(tokenizer)} tokens and the model only {rows}")
    return policy


def check_spelling(policy: Policy, probe: str) -> None:
    """Refuse a tokenizer that does not give back the text of a prompt format's `probe`. Raises `PolicyError`."""
    ids = policy.tokenizer(probe, add_special_tokens=False)["input_ids"]
    if policy.tokenizer.decode(ids, clean_up_tokenization_spaces=False) != probe:
        raise PolicyError(f"the tokenizer of {policy.name!r} does not give back the text of tasks; use another model")


def lora_config(config: SelfPlayConfig, model: Any):
    """LoRA on the layers that the config names: by default all linear ones but the head, with a scale of 1.

    Raises `PolicyError` for a name that the model has no layer of.
    """
    from peft import LoraConfig

    targets: str | list[str] = config.lora_targets
    if targets != "all-linear":
        targets = [name.strip() for name in config.lora_targets.split(",")]
        head = model.get_output_embeddings()  # its weights are often the input's too, which an adapter would not be
        known = {
            name.rpartition(".")[2]
            for name, module in model.named_modules()
            if hasattr(module, "in_features") and module is not head
        }
        unknown = [name for name in targets if name not in known]
        if unknown:
            raise PolicyError(
                f"lora_targets: no linear layer is called {unknown[0]!r}; choose all-linear or some of "
                f"{', '.join(sorted(known))}"
            )
    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha or config.lora_rank,
        lora_dropout=0.0,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
