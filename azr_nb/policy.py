"""Load a policy by name, with its tokenizer, and describe the LoRA adapter that self-play trains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azr_nb.config import SelfPlayConfig

TINY = Path(__file__).parent / "assets" / "tiny"


class PolicyError(ValueError):
    """A policy that cannot be loaded; the message is one line that says why and what to do."""


@dataclass
class Policy:
    """A causal language model with its tokenizer. `model` may carry a LoRA adapter."""

    model: Any
    tokenizer: Any
    name: str

    @property
    def eos(self) -> int:
        return self.tokenizer.eos_token_id

    @property
    def fast(self) -> bool:
        """Whether the shared-prefix sampler knows this architecture."""
        from azr_nb.sampler import supports

        return supports(self.model)


def _folder(name: str) -> Path:
    if name == "tiny":
        return TINY
    path = Path(name)
    if not path.is_dir():
        raise PolicyError(f"unknown model {name!r}: give 'tiny' or a folder with a model, an adapter or a run")
    return path / "adapter" if (path / "adapter").is_dir() else path


def load_policy(name: str = "tiny") -> Policy:
    """Load 'tiny', a model folder, an adapter folder, or a run folder (its adapter on the model it came from).

    Raises `PolicyError` with one line for a name or folder that is none of these.
    """
    import json

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = _folder(name)
    adapter = None
    if (folder / "adapter_config.json").is_file():
        adapter = folder
        try:
            origin = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
        except (ValueError, KeyError):
            raise PolicyError(f"{folder}/adapter_config.json is cut short or names no base model") from None
        base = load_policy(origin or "tiny")
    elif not (folder / "config.json").is_file():
        raise PolicyError(f"{folder} holds no model: neither config.json nor adapter_config.json is there")
    try:
        if adapter is not None:
            from peft import PeftModel

            model, tokenizer = PeftModel.from_pretrained(base.model, adapter).merge_and_unload(), base.tokenizer
        else:
            model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # many libraries, many exception types; all mean that the folder is unusable
        raise PolicyError(f"cannot load {name!r}: {str(error).splitlines()[0][:200]}") from None
    if tokenizer.eos_token_id is None:
        raise PolicyError(f"the tokenizer of {name!r} has no end-of-text token")
    model.eval()
    return Policy(model, tokenizer, name)


def check_dialect(policy: Policy) -> None:
    """Refuse a tokenizer that cannot spell the compact dialect. Raises `PolicyError`."""
    probe = "# solve deduction\ndef f(a):\n    return a[1:] + 'x'\nf('abc')\n###\n=> 'bcx'"
    back = policy.tokenizer.decode(policy.tokenizer(probe, add_special_tokens=False)["input_ids"])
    if back != probe:
        raise PolicyError(f"the tokenizer of {policy.name!r} does not give back the text of the compact dialect; "
                          "use a model made by 'azr-nb pretrain'")  # fmt: skip


def lora_config(config: SelfPlayConfig, model: Any):
    """LoRA on the layers that the config names: by default all linear ones but the head, with a scale of 1.

    Raises `PolicyError` for a name that the model has no layer of.
    """
    from peft import LoraConfig

    targets: str | list[str] = config.lora_targets
    if targets != "all-linear":
        targets = [name.strip() for name in config.lora_targets.split(",")]
        known = {name.rpartition(".")[2] for name, module in model.named_modules() if hasattr(module, "in_features")}
        unknown = [name for name in targets if name not in known]
        if unknown:
            raise PolicyError(f"lora_targets: no linear layer is called {unknown[0]!r}; choose all-linear or some of "
                              f"{', '.join(sorted(known))}")  # fmt: skip
    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha or config.lora_rank,
        lora_dropout=0.0,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
