"""placeholder"""


def renamed(p):
    return p


def compose(helpers, program):
    return "\n".join([h.replace("def f(", f"def g_{i}(") for i, h in enumerate(helpers)] + [program])


def cleaned(program, comments=True, global_assignments=False, prints=False):
    return program


def calls_of(p):
    return set()


def redefines(p, names):
    return set()


def passes_through(p):
    return False
