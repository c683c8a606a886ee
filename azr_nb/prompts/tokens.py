"""The tiny policy's tokenizer: one token for each frequent piece of Python, single characters for the rest.

One digit is one token and one letter is one token, so that the policy can count and spell; `return`, `def f(` and
the method names are one token each, so that programs are short. Text outside printable ASCII becomes `<unk>`.
"""

from __future__ import annotations

import re

from azr_nb.environments.python_programs.messages import OPERATIONS

SPECIALS = ("<pad>", "<eos>", "<unk>")
PIECES = (
    *(f"# {role} {kind}\n" for role in ("propose", "solve") for kind in ("deduction", "abduction", "induction")),
    "\n###\n",
    "def f(",
    "):\n    ",
    "\n    return ",
    "\n    ",
    "\n        ",
    "\n            ",
    "\nf(",
    ") => ",
    "f(?) => ",
    "\n=> ",
    "=> ",
    " = ",
    " += ",
    " -= ",
    " *= ",
    ", ",
    " + ",
    " - ",
    " * ",
    " // ",
    " % ",
    " > ",
    " < ",
    " == ",
    " != ",
    " >= ",
    " <= ",
    " in ",
    " not ",
    " and ",
    " or ",
    " if ",
    " else ",
    "if ",
    "else:",
    "for ",
    " for ",
    "return ",
    "len(",
    "sum(",
    "max(",
    "min(",
    "abs(",
    "str(",
    "sorted(",
    "range(",
    "list(",
    "reversed(",
    "set(",
    ".append(",
    ".upper()",
    ".lower()",
    ".replace(",
    ".count(",
    ".find(",
    ".strip(",
    ".startswith(",
    ".endswith(",
    ".join(",
    ".index(",
    "[::-1]",
    "[::2]",
    "[:-1]",
    "[-1]",
    "[0]",
    "''",
    "True",
    "False",
    "None",
    "))",
    ":\n        ",
    ":\n            ",
    "\n# ",
    "for x in ",
)


CHARACTERS = tuple(chr(code) for code in range(32, 127)) + ("\n",)


def build_tokenizer():
    """A `PreTrainedTokenizerFast` over the pieces above; about 190 tokens."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = [f"#{operation}" for operation in OPERATIONS]  # an operation in a message is one token: "#len"
    pieces = sorted({*PIECES, *words}, key=lambda piece: (-len(piece), piece))
    vocabulary = {token: i for i, token in enumerate((*SPECIALS, *CHARACTERS, *sorted(pieces)))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    pattern = "|".join(re.escape(piece).replace("\\\n", "\n") for piece in pieces) + "|[\\s\\S]"
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
