"""Absolute Zero self-play, small enough to read and to run on a laptop.

The modules follow one step of self-play from left to right; each imports only what stands before it:
values, tasks, config, programs, executor, judge, worlds, dialects, buffer, rewards, advantages, measures, models,
hardware, policy, sampler, packing, update, trl_adapter, roles, selfplay, record, evaluate, benchmarks, plots, views,
widgets, exercises, cli.

Importing the package is cheap: torch, transformers and TRL are imported by the functions that need them.
"""

__version__ = "0.2.0"
