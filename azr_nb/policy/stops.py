"""Where a completion ends: at an end-of-text token, or behind a stop string; and the text that stands before that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TAIL = 24  # tokens looked at for a stop string, which is a few characters long


class Stops:
    """Ends of completions for one tokenizer: the ids of end-of-text tokens, and strings in the text.

    A base model rarely writes an end-of-text token after an answer; it goes on with the next example. The token that
    completes a stop string is the last one of the completion, and is trained on; the text ends before the string, or
    with `keep` behind it.
    """

    def __init__(self, tokenizer: Any, eos: Sequence[int], strings: Sequence[str] = (), keep: bool = False) -> None:
        self.tokenizer, self.eos, self.strings, self.keep = tokenizer, frozenset(eos), tuple(strings), keep
        self._last = {string[-1] for string in self.strings}
        self._may_end: dict[int, bool] = {}
        probe = tokenizer(" a", add_special_tokens=False)["input_ids"]
        # some tokenizers drop the space in front of the first token that they decode
        self._drops_space = tokenizer.decode(probe) != " a"

    def may_end(self, token: int) -> bool:
        """Whether the token's text holds the last character of a stop string."""
        if token not in self._may_end:
            text = self.tokenizer.decode([token])
            self._may_end[token] = any(character in text for character in self._last)
        return self._may_end[token]

    def hit(self, ids: Sequence[int]) -> bool:
        """Whether the text of these tokens has a stop string near its end."""
        tail = self.tokenizer.decode(list(ids[-TAIL:]))
        return any(string in tail for string in self.strings)

    def cut(self, ids: Sequence[int]) -> tuple[list[int], bool]:
        """The tokens up to and including the one that ends the completion, and whether there is one."""
        for i, token in enumerate(ids):
            if token in self.eos or (self.strings and self.may_end(token) and self.hit(ids[: i + 1])):
                return list(ids[: i + 1]), True
        return list(ids), False

    def text(self, prompt: Sequence[int], ids: Sequence[int]) -> str:
        """The completion's text without its end: what stands before the end-of-text token or stop string."""
        kept = list(ids[:-1]) if ids and ids[-1] in self.eos else list(ids)
        if self._drops_space and prompt:
            context = [prompt[-1]]
            text = self.tokenizer.decode(context + kept)[len(self.tokenizer.decode(context)) :]
        else:
            text = self.tokenizer.decode(kept)
        ends = [at + len(string) * self.keep for string in self.strings if (at := text.find(string)) >= 0]
        return text[: min(ends)] if ends else text
