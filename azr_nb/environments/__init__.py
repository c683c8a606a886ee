"""Worlds: what can be proposed and how it is verified. The loop knows only the protocol in `worlds.base`."""
