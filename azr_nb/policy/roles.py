"""The two roles of one policy: proposing tasks and solving them. Texts are parsed here and verified by the environment.

Nothing here is trained or rewarded; the loop in `selfplay` does that with what comes from here.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from azr_nb.buffer import Buffer
from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.environments.base import Environment
from azr_nb.policy.processes import sharded_by_fsdp, team, weights_sharded
from azr_nb.prompts import PromptFormat, Unparsable, prompt_format_for
from azr_nb.tasks import Rollout, Task, Verdict


class Roles:
    """A policy that proposes and solves in an environment, with the buffer that its references come from.

    `fast` chooses shared prefixes and packed updates, by default as the config says, or where the policy's architecture
    allows it; without it the same steps go through `model.generate` and TRL's padded batches. Raises `ConfigError` for
    a prompt format or a sampler that the policy cannot have.
    """

    def __init__(
        self,
        config: SelfPlayConfig,
        policy,
        environment: Environment,
        prompt_format: PromptFormat | None = None,
        fast: bool | None = None,
        buffer: Buffer | None = None,
    ) -> None:
        self.config, self.policy, self.environment = config, policy, environment
        if config.generation == "vllm" and policy.placement.device == "cpu":
            raise ConfigError("generation vllm needs a GPU, and the policy is on the CPU; choose auto or transformers")
        if config.generation == "vllm" and sharded_by_fsdp():
            raise ConfigError(
                "generation vllm cannot take over weights that FSDP shards beside a whole adapter; "
                "choose transformers, or the recipe zero3"
            )
        self.packed = policy.packs if fast is None else fast
        self.sharded = weights_sharded()
        if fast is None:
            fast = policy.fast and not self.sharded and config.generation in ("auto", "shared_prefix")
            if config.generation == "shared_prefix" and not fast:
                why = (
                    "the sampler needs whole weights, and these are spread over the processes"
                    if self.sharded
                    else f"the sampler does not know {policy.name!r} as it is loaded"
                )
                raise ConfigError(f"generation shared_prefix: {why}; choose transformers or auto")
        self.fast, self.vllm = fast, None
        self.on_drawn: Callable[[int], object] | None = None  # told how many completions came, for a progress bar
        self.prompt_format = prompt_format or prompt_format_for(config, policy)
        self.stops = policy.stops(self.prompt_format.stops, self.prompt_format.keep_stop)
        context = getattr(policy.model.config, "max_position_embeddings", None)
        context = context or config.max_prompt_tokens + config.max_new_tokens
        if context - config.max_new_tokens < 32:
            raise ConfigError(
                f"max_new_tokens {config.max_new_tokens} leaves no room for a prompt in the {context} "
                f"tokens that {policy.name!r} can read: lower it"
            )
        self.max_prompt_tokens = min(config.max_prompt_tokens, context - config.max_new_tokens)
        self.buffer = buffer if buffer is not None else Buffer(key=environment.key)
        self.team = team()
        self.seconds: Counter[str] = Counter()  # of each stage, for whoever clears it

    # --- randomness: every draw depends on the seed, the step and the purpose, on nothing that came before -----------
    def rng(self, *purpose: object) -> random.Random:
        return random.Random("/".join(map(str, (self.config.seed, *purpose))))

    def generator(self, *purpose: object):
        import torch

        text = "/".join(map(str, (self.config.seed, *purpose)))
        return torch.Generator().manual_seed(int(hashlib.sha256(text.encode()).hexdigest()[:15], 16))

    # --- generation ------------------------------------------------------------------------------------------------
    def sample(
        self, prompts: list[str], n: int, *purpose: object, temperature: float | None = None
    ) -> list[list[Rollout]]:
        """n completions for each prompt, as rollouts that hold text and tokens but no role yet.

        `temperature` is the run's unless given; 0 is greedy.
        """
        temperature = self.config.temperature if temperature is None else temperature
        ids = self.policy.encode(prompts, not self.prompt_format.templated)
        # every process has random numbers of its own, and one alone has those that its purpose names
        generator = self.generator(*purpose, *([self.team.rank] if self.team.size > 1 else []))

        synced_gpus = self.sharded and self.vllm is None and self.team.size > 1

        def draw(part: list[list[int]]) -> list:
            if self.vllm is not None:
                most = -(-len(ids) // self.team.size)
                return self.vllm.sample(part, n, self.config.max_new_tokens, temperature, most)
            if self.fast:
                from azr_nb.policy.sampler import Sampler

                return Sampler(self.policy.model).sample(
                    part,
                    n,
                    self.config.max_new_tokens,
                    temperature,
                    generator,
                    stops=self.stops,
                    on_drawn=self.on_drawn,
                )
            from azr_nb.policy.generate import plain_generate

            return plain_generate(
                self.policy,
                part,
                n,
                self.config.max_new_tokens,
                temperature,
                generator,
                self.stops,
                on_drawn=self.on_drawn,
                synced_gpus=synced_gpus,
            )

        drawn = self.team.map(ids, draw, equal=synced_gpus)
        out = []
        for prompt, prompt_ids, samples in zip(prompts, ids, drawn, strict=True):
            texts = [self.stops.text(prompt_ids, s.ids) for s in samples]
            out.append(
                [
                    Rollout(
                        "", "", prompt, text, prompt_ids, s.ids, s.finished, log_probs=s.log_probs, entropy=s.entropy
                    )
                    for text, s in zip(texts, samples, strict=True)
                ]
            )
        return out

    def fits(self, prompt: str) -> bool:
        """Whether a prompt keeps to `max_prompt_tokens`."""
        most = self.max_prompt_tokens
        if len(prompt.encode(errors="replace")) < most:  # a token has a byte at least, but for one in front
            return True
        return len(self.policy.encode([prompt], not self.prompt_format.templated)[0]) <= most

    # --- proposing -------------------------------------------------------------------------------------------------
    def propose(self, counts: dict[str, int], *purpose: object) -> list[Rollout]:
        """Proposals of each type, as text and parsed, but not yet validated."""
        config, rng = self.config, self.rng("references", *purpose)
        composites, share = self.rng("composites", *purpose), self.composite_share(purpose)
        asked, draw = [], config.reference_draw
        past = self.buffer.helper_pool(self.environment.nested, draw) if share else []
        for task_type, count in counts.items():
            pool = self.buffer.reference_pool(task_type, draw)
            for _ in range(count):
                references = self.buffer.references(task_type, max(1, config.references), rng, draw, pool)
                references = references if config.references or task_type == "induction" else []
                helpers: list[Task] = []
                if task_type != "induction" and share and composites.random() < share:
                    many = composites.randint(1, config.composite_functions)
                    helpers = composites.sample(past, min(many, len(past)))
                asked.append((task_type, references, helpers))
        prompts = []
        for i, (task_type, references, helpers) in enumerate(asked):
            prompt = self.prompt_format.propose_prompt(task_type, references, helpers)
            while not self.fits(prompt) and len(references) > (task_type == "induction"):
                references = references[:-1]
                prompt = self.prompt_format.propose_prompt(task_type, references, helpers)
            asked[i] = (task_type, references, helpers)
            prompts.append(prompt)
        start = time.perf_counter()
        rollouts = [r[0] for r in self.sample(prompts, 1, "propose", *purpose)]
        self.seconds["propose"] += time.perf_counter() - start
        start = time.perf_counter()
        for rollout, (task_type, references, helpers) in zip(rollouts, asked, strict=True):
            rollout.role, rollout.type = "propose", task_type
            rollout.references = tuple(task.id for task in references + helpers)
            try:
                if not rollout.finished:
                    raise Unparsable("the text did not end within the length limit")
                rollout.proposal = self.prompt_format.parse_proposal(task_type, rollout.completion, references, helpers)
            except Unparsable as error:
                rollout.verdict = Verdict("unparsable", str(error))
        self.seconds["validate"] += time.perf_counter() - start
        return rollouts

    def composite_share(self, purpose: tuple) -> float:
        """The share of proposals of this step that have to call earlier programs; none while seeding."""
        config = self.config
        if not isinstance(purpose[0], int) or purpose[0] < config.composite_from:
            return 0.0
        grown = (purpose[0] - config.composite_from + 1) / max(1, config.composite_ramp)
        return config.composite_share * min(1.0, grown)

    def validate(self, rollouts: list[Rollout], *purpose: object) -> None:
        """Run the proposals: `verdict` says what became of each, and `task` is set on the valid ones.

        A program that the buffer knows makes no new task, unless `duplicates` is "keep"; nor does a task whose prompt
        would be too long for the solver.
        """
        start = time.perf_counter()
        seeding = not isinstance(purpose[0], int)
        seen: set[tuple[str, str]] = set()
        parsed = [rollout for rollout in rollouts if rollout.proposal is not None]
        verdicts = self.team.map([r.proposal for r in parsed], lambda part: self.environment.validate(part, seeding))
        for rollout, (task, verdict) in zip(parsed, verdicts, strict=True):
            if task is not None and self.config.duplicates != "keep" and task.type != "induction":
                key = (task.type, self.environment.key(task))
                if key in seen or self.buffer.knows(task):
                    task, verdict = None, Verdict("repeat", "the program is known already")
                seen.add(key)
            if task is not None and not self.fits(self.prompt_format.solve_prompt(task)):
                task, verdict = None, Verdict("too_big", "the solver's prompt is longer than max_prompt_tokens")
            rollout.verdict = verdict
            if task is not None:
                rollout.task = replace(task, parents=rollout.references, step=-1 if seeding else purpose[0])
        self.seconds["validate"] += time.perf_counter() - start

    # --- solving ---------------------------------------------------------------------------------------------------
    def solve(
        self, tasks: list[Task], n: int, *purpose: object, temperature: float | None = None
    ) -> list[list[Rollout]]:
        """n answers to each task, verified, with the solve rate of each group of n on all of its rollouts.

        They are drawn at the run's temperature unless another is given; 0 is greedy.
        """
        if not tasks:
            return []
        start = time.perf_counter()
        prompts = [self.prompt_format.solve_prompt(task) for task in tasks]
        groups = self.sample(prompts, n, "solve", *purpose, temperature=temperature)
        for task, group in zip(tasks, groups, strict=True):
            for rollout in group:
                rollout.role, rollout.type, rollout.task = "solve", task.type, task
        self.seconds["solve"] += time.perf_counter() - start
        self.verify(groups)
        return groups

    def verify(self, groups: list[list[Rollout]]) -> None:
        """Parse and verify answers, and set verdicts and solve rates: right or wrong is found by running programs."""
        start, parsed = time.perf_counter(), []
        for rollout in (rollout for group in groups for rollout in group):
            try:
                if not rollout.finished:
                    raise Unparsable("the text did not end within the length limit")
                rollout.answer = self.prompt_format.parse_answer(rollout.type, rollout.completion)
                parsed.append(rollout)
            except Unparsable as error:
                rollout.verdict = Verdict("unparsable", str(error))
        check = lambda part: self.environment.check([r.task for r in part], [r.answer for r in part])  # noqa: E731
        for rollout, verdict in zip(parsed, self.team.map(parsed, check), strict=True):
            rollout.verdict = verdict
        for group in groups:
            rate = sum(r.verdict.ok for r in group) / len(group)
            for rollout in group:
                rollout.solve_rate = rate
        self.seconds["check"] += time.perf_counter() - start
