"""Runs to look at: those that come with the package, what is in a run folder, and what its vital signs say."""
