"""The tiny policy's tokenizer: one token for each frequent piece of Python, single characters for the rest.

One digit is one token and one letter is one token, so that the policy can count and spell; `return`, `def f(` and
the method names are one token each, so that programs are short. Text outside printable ASCII becomes `<unk>`.
"""

from __future__ import annotations

import re

from azr_nb.config.assets import toml_asset
from azr_nb.environments.python_programs.messages import OPERATIONS
from azr_nb.prompts.base import tokenizer_of
from azr_nb.tasks import ROLES, TASK_TYPES

SPECIALS = ("<pad>", "<eos>", "<unk>")
HEADERS = [f"# {role} {task_type}\n" for role in ROLES for task_type in TASK_TYPES]
PIECES = (*HEADERS, *toml_asset("tokens")["pieces"])
CHARACTERS = tuple(chr(code) for code in range(32, 127)) + ("\n",)


def build_tokenizer():
    """A `PreTrainedTokenizerFast` over the pieces above; about 190 tokens."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    words = [f"#{operation}" for operation in OPERATIONS]  # an operation in a message is one token: "#len"
    pieces = sorted({*PIECES, *words}, key=lambda piece: (-len(piece), piece))
    vocabulary = {token: i for i, token in enumerate((*SPECIALS, *CHARACTERS, *sorted(pieces)))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    pattern = "|".join(re.escape(piece).replace("\\\n", "\n") for piece in pieces) + "|[\\s\\S]"
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    inner.decoder = decoders.Fuse()
    return tokenizer_of(inner)
