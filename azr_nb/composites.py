"""Composite proposals: programs that have to call earlier ones (paper appendix D.2)."""

from __future__ import annotations

from azr_nb.programs import calls_of, passes_through, redefines


def composite_fault(program: str, helpers: int, pass_through: bool = False) -> str | None:
    """Why a program is no composite of its first `helpers` functions g_0, g_1, ...; None if it is one.

    Without `pass_through` a program that only hands its argument on, such as `return g_0(a)`, is none either: the paper
    saw proposers end there.
    """
    names = [f"g_{i}" for i in range(helpers)]
    again = redefines(program, names)
    if again:
        return f"the program gives {min(again)} another meaning"
    missing = [name for name in names if name not in calls_of(program)]
    if missing:
        return f"the program does not call {missing[0]}"
    if not pass_through and passes_through(program):
        return "the program only hands its argument on"
    return None
