# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # The executor is the judge
#
# *All of this learning depends on one judge. If it can be fooled, the model will learn to fool it, because fooling it
# is then rewarded. Here you fool a weak judge, look at a strong one, and ask which holes remain.*
#
# **You will** trick a judge that evaluates answers, write the two functions that close its holes, take programs
# through seven gates, set limits, and see how a gallery of attacks ends.
#
# | | |
# |---|---|
# | minutes | 35 to read, 35 for the exercises, under 1 to run |
# | hardware | a laptop CPU; on Linux you see one more engine |
# | you should know | notebooks 00 and 01 |
# | you will leave with | a healthy distrust of `eval` |

# %%
import ast
import inspect

from azr_nb import Job, Proposal, PythonPrograms
from azr_nb.course import (
    COUNTER, PROGRAM, SHOWN, TASKS, agreement, as_program, both_judges, boundary_figure, check, counter_verdicts,
    engines, explore, gallery_counts, gallery_families, gallery_list, gallery_table, judge, layers, memory_table,
    predict, race, race_figure, record, recorded_laps, set_order, stops, table, try_proposal, weak_verdict,
)
from azr_nb.environments.python_programs import validate
from azr_nb.programs import parse_value, same

# %% tags=["parameters"]
TIER = "cpu"  # smoke: shorter loops; cpu and gpu: the same here
SEED = 0  # nothing here is drawn by chance; kept so that every notebook has the same two

# %%
environment = PythonPrograms()
executor = environment.executor

# %% [markdown]
# The executor has two jobs: it validates proposals, and it checks answers. We begin with answers.
#
# ## A judge that you could write in five minutes
#
# The task is about this program, and the judge has what it needs: the program, pairs of inputs and outputs (the first is
# 7 and 1), and Python's `eval`.

# %%
print(PROGRAM, inspect.getsource(judge), sep="\n\n\n")

# %% [markdown]
# It is short and it looks right. The judge in the released code's first version worked like this one. We run it in its
# own process, with a time limit and an empty folder, and it reports by printing its verdict. That process is not a
# sandbox, so type only texts that you understand.

# %%
honest = [("deduction", "1"), ("deduction", "2"), ("abduction", "4"), ("abduction", "3")]
honest += [("induction", PROGRAM)]
rows = [(kind, text, weak_verdict(kind, text)) for kind, text in honest]
table(("task type", "answer", "weak judge"), rows)

# %% [markdown]
# With honest answers every verdict is right. Now look at the line for abduction: the answer is pasted between the
# brackets of `f( )`. *What could you paste there that is not an answer and still makes the line true? And what does an
# answer see when the line for deduction evaluates it?*

# %%
both_judges(SHOWN, executor)

# %% [markdown]
# The first text closes the bracket: `f(3) or (True) == 1`. The second asks the judge for the right output by the name
# of its own variable. Neither is about what the program does. The real judge, in the last columns, accepts neither.
#
# A model does not have to be clever to find such texts. It samples, and whatever is rewarded comes back more often.

# %% [markdown]
# Find three more texts that are not honest answers and that the weak judge accepts, each by a **different kind of
# trick**, and different from the two above (closing the bracket, reading what the judge knows). An induction answer is
# a program.

# %% tags=["exercise"]
tricks = [("deduction", ...), ("abduction", ...), ("induction", ...)]
### BEGIN SOLUTION
tricks = [
    ("deduction", "True"),
    ("abduction", "next(i for i in range(9) if f(i) == 1)"),
    (
        "induction",
        """
class Yes:
    def __eq__(self, other):
        return True

def f(a):
    return Yes()
""",
    ),
]
### END SOLUTION

check("02.three_ways", tricks)

# %% [markdown] tags=["hint"]
# The right output is 1. Which other values does Python call equal to 1?

# %% [markdown] tags=["hint"]
# Who decides whether two objects are equal? Python asks the left one first, by its method `__eq__`.

# %% [markdown] tags=["hint"]
# An answer that is evaluated may be any code. Could it search for the input itself, or print a verdict and leave?

# %% [markdown] tags=["teacher"]
# Collect the tricks of the class on the board, then sort them by family. No list is complete, and that is the lesson:
# forbidding tricks one by one never ends. Not evaluating answers ends it.

# %% [markdown]
# ## Six families
#
# Here are six kinds of trick. The weak judge accepts all of them. *How many does the real one accept?*

# %%
guess_tricks = predict("02.tricks", ...)
guess_tricks

# %%
tricks_by_family = [
    ("abduction", "7)#"),
    ("deduction", "[pair[1] for pair in pairs][0] and 1"),
    ("deduction", "type('E', (), {'__eq__': lambda self, other: True})()"),
    ("induction", "import os\ndef f(a):\n    print('right', flush=True)\n    os._exit(0)"),
    ("deduction", "True"),
    ("deduction", "7 % 3"),
]
both_judges(tricks_by_family, executor)

# %%
guess_tricks.against(sum(environment.check([TASKS[kind]], [text])[0].ok for kind, text in tricks_by_family))

# %% [markdown]
# None of the six is accepted. Read the last two columns from top to bottom. Four of the six are stopped for one
# reason: the answer is not a plain value. The program that takes over is stopped before it does anything. The Boolean
# *is* a plain value, and needs the second point of the cure that follows.
#
# ## The cure
#
# 1. **Read, never run.** An answer that is a value (deduction, abduction) is parsed as a literal. Anything else is
#   not an answer. A list of forbidden words would always miss one; a literal has no words to forbid.
# 2. **Compare values, not objects.** Only exact built-in types, by our own rule.
# 3. **Keep the right output in our own process.** A program that has to run runs elsewhere, and its result comes back as
#    text.
#
# ### Read, never run
#
# Python can read a text without running it. Here is what it sees in an answer that is code.

# %%
print(ast.dump(ast.parse("f(7)", mode="eval").body))

# %% [markdown]
# This is a *syntax tree*, a description of the text; nothing has been run. It says `Call`, and a call is not a value,
# so it is refused. Our reader of such trees is `parse_value`. Now write your own.

# %% [markdown]
# `parse_answer(text)` returns the value of a literal: numbers, Booleans, strings, `None`, and lists, tuples, dicts and
# sets of them (`nan` may be refused here). Any other text must raise `ValueError`, never another exception, however
# long or strange it is. (Bytes and complex numbers may be read or refused, as you like.)


# %% tags=["exercise"]
def parse_answer(text):
    """The plain value that a text denotes; ValueError if it denotes none."""
    ### BEGIN SOLUTION
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        raise ValueError("not a plain value") from None
    ### END SOLUTION


check("02.parse_answer", parse_answer)

# %% [markdown] tags=["hint"]
# The standard library reads literals: `ast.literal_eval`. Despite its name it evaluates no code.

# %% [markdown] tags=["hint"]
# Find out what it raises for `x = 3`, and for three thousand brackets. Catch that, and raise `ValueError`.

# %% [markdown] tags=["teacher"]
# `literal_eval` does nearly all of it. The package walks the tree itself for three reasons: `inf`, `nan` and
# frozensets have to be read, the depth has a limit, and the rule for what is a literal should not change with the
# version of Python.

# %% [markdown]
# ### Compare values
#
# In notebook 01 you saw our rule: numbers are compared as numbers, Booleans are not numbers, `nan` is `nan`, and dicts
# have no order.

# %% [markdown]
# `same_value(a, b)` applies this rule to None, Booleans, numbers, strings, lists, tuples and dicts with strings as
# keys. A value of any other type is not the same as anything.


# %% tags=["exercise"]
def same_value(a, b):
    """Whether two plain values are the same by our rule."""
    ### BEGIN SOLUTION
    numbers = (int, float)
    if type(a) in numbers and type(b) in numbers:
        return a == b or (a != a and b != b)
    if type(a) is not type(b):
        return False
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(same_value, a, b))
    if type(a) is dict:
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    return type(a) in (str, bool, type(None)) and a == b
    ### END SOLUTION


check("02.same_value", same_value)

# %% [markdown] tags=["hint"]
# Compare the types before you use `==`. `type(True)` is `bool`; `isinstance(True, int)` is true, which is the trap.

# %% [markdown] tags=["hint"]
# Lists, tuples and dicts: the same length, and then the same question for the parts.

# %% [markdown] tags=["teacher"]
# The object that equals everything is the point of this exercise. If exact types are compared first, no method that
# the model wrote is ever called.

# %% [markdown]
# ### Keep the right output in our own process
#
# For abduction and induction a program must run. Each call runs in a **worker**, a process of its own that is thrown
# away afterwards: two calls, two workers. This is all that leaves our process:

# %%
boundary_figure()

# %%
task = TASKS["abduction"]
job = Job(task.program, ("4", "3"))
results = executor.run([job])[0].outcomes
wanted = parse_value(task.output)
rows = [
    (f"f({call})", o.status, o.text, o.status == "ok" and same(parse_value(o.text), wanted))
    for call, o in zip(job.calls, results, strict=True)
]
table(("call that left", "status", "text that came back", "compared here: right?"), rows)

# %% [markdown]
# A program and the texts of its arguments went out, texts came back, and the comparison happened here: 4 is a right
# input, 3 is not. A program can search its whole memory for the right output and will not find it.
#
# ## Seven gates
#
# Proposals are judged as well. Seven gates stand between a text and a task: it is well-formed, it keeps the rules (no
# module but harmless ones such as `math`, and no call of `open`, `eval` and the like), it runs, it ends in time and
# memory, it gives a plain value, it gives the same value twice, and the value is small (at most 80 characters of
# text). *How many of these fifteen programs become tasks?*

# %%
endless = "def f(a):\n    while True:\n        a += 1"
written = {
    "remainder": ("a % 3", "7"),
    "words": ("sorted(a.split())", "'b a'"),
    "a set": ("{a, 'bee', 'cat'}", "'ape'"),
    "typo": ("a %% 3", "7"),
    "code as input": ("a + 1", "g(3)"),
    "opens a file": ("open(a).read()", "'notes.txt'"),
    "imports os": ("import os\ndef f(a):\n    return a", "7"),
    "divides by zero": ("10 // a", "0"),
    "wrong type": ("a.upper()", "3"),
    "endless": (endless, "1"),
    "ten billion zeros": ("[0] * 10 ** 10", "1"),
    "a function": ("lambda: a", "1"),
    "iterator": ("iter([a])", "1"),
    "order of a set": ("list({a, 'bee', 'cat'})", "'ape'"),
    "a long text": ("'ab' * a", "50"),
}
rows = [(name, as_program(text), given) for name, (text, given) in written.items()]
table(("name", "program", "input"), rows)

# %%
guess_valid = predict("02.valid", ...)
guess_valid

# %%
proposals = [Proposal("deduction", program, (given,)) for _, program, given in rows]
verdicts = [verdict for _, verdict in validate(proposals, executor)]
found = dict(zip(written, verdicts, strict=True))
stops(found)

# %%
guess_valid.against(sum(verdict.ok for verdict in found.values()))

# %% [markdown]
# Each bar counts what got *through* a gate, and the words beside it name what the gate stopped. The cheap gates come
# first: form and rules need only the text, and only what passes them is run. The last three are about what came back.

# %%
refused = [(name, v.status, v.reason) for name, v in found.items() if not v.ok]
table(("name", "verdict", "reason"), refused)

# %% [markdown]
# The model never sees the reason. *You* will read it, when a run loses most of its proposals.
#
# Now type programs of your own and watch how far they get. An expression is enough. The next cell shows one example.

# %%
try_proposal(as_program("list({a, 'bee', 'cat'})"), "'ape'")


# %%
def gates(program="list({a, 'bee', 'cat'})", input="'ape'", seconds=0.5):
    return try_proposal(as_program(program), input, seconds)


explore(gates, program="program", input="text", seconds=(0.1, 2.0, 0.1))

# %% [markdown]
# ## Ending: time and memory
#
# Nobody can decide by looking at a program whether it ends, so each one gets a limit. Two **engines** can run a
# program: *cpython*, which is Python itself, and *monty*, another interpreter. *A million rounds of a loop: how many
# seconds in each?*

# %%
machine, limit_then, found_then = recorded_laps()
print(f"measured on {machine}")
race_figure(found_then, limit_then)

# %% [markdown]
# Both scales are logarithmic. A loop that is too long costs about the limit: that is what an endless proposal costs a
# run. **cpython** runs in a locked-down process that is made for one call. On Linux it gives the verdict. **monty**
# has no files, network or processes at all. On systems where a process cannot be locked down, monty gives the verdict.
# The next cell draws the picture for your own machine. Move the limit: the verdict on a loop near it changes.


# %%
here = engines()


def limit(seconds=0.3):
    return race(seconds, here, 6 if TIER == "smoke" else 7)


explore(limit, seconds=(0.1, 1.0, 0.1))

# %% [markdown]
# Memory is limited in the same way. *An item takes eight bytes: which of these lists fit?*

# %%
memory_table((16, 64, 256), range(4, 9))

# %% [markdown]
# The verdict is `ok` where the list fits and `memory` where it does not. A list that would fit and takes too long to
# make ends with `timeout`. The program is stopped, and nothing else on the machine is affected.
#
# ## The same value twice
#
# A task whose output changes from run to run has no right answer. Clocks and random numbers are obvious cases. This
# one is less obvious: `list({'ape', 'bee', 'cat'})`. *What does Python give?*

# %%
orders = [set_order(seed) for seed in range(20)]
table(("hash seed", "list({'ape', 'bee', 'cat'})"), list(enumerate(orders[:6])))

# %% [markdown]
# The order of a set of strings depends on a **hash seed**, which Python draws afresh for every process. Running `f`
# twice *in one process*, as the released judge did, cannot reveal this. Ours uses two processes with different seeds.

# %%
agree = agreement(orders)
print(f"{len(set(orders))} orders in 20 processes; {agree:.0%} of all pairs of processes agree")

# %% [markdown]
# So two runs are a test and not a proof: some pairs of seeds agree by luck. Here is a program that depends on chance
# in the same way. *Does the judge notice?*

# %%
lucky = Proposal("deduction", "def f(a):\n    return {a, 'b', 'c'}.pop()", ("'a'",))
order, pop = found["order of a set"], validate([lucky], executor)[0][1]
rows = [("{a, 'b', 'c'}.pop()", pop.status, pop.reason), ("order of a set", order.status, order.reason)]
table(("program", "verdict", "reason"), rows)

# %% [markdown]
# The other row repeats the verdict on the order of a set, from above. With three possible letters, two runs agree by
# luck more often than with six orders. Each run also notes whether the program went through a set. If it did, a third
# run visits the set in reverse. Where there is no `cpython`, monty gives the verdict. It keeps a set in the order in
# which it was built, so both programs pass.
#
# A program can also remember. This one counts its calls, and its second call gives a different value from its first.

# %%
print(COUNTER)

# %% [markdown]
# *Does it become a task here?*

# %%
guess_counter = predict("02.counter", ...)
guess_counter

# %%
counted = counter_verdicts(executor)
table(("second run", "verdict", "reason"), [(name, v.status, v.reason) for name, v in counted.items()])

# %%
guess_counter.against("yes" if next(iter(counted.values())).ok else "no")

# %% [markdown]
# Here every call has its own process and is the first call in it. The program always multiplies by one, and that is a
# valid task. The released judge calls twice in one process, where the second call sees what the first left behind.
#
# ## The gallery of attacks
#
# The package comes with a gallery of programs, proposals and answers that try to break out, break in, or slip past the
# judge.

# %%
print(f"{sum(gallery_counts().values())} attacks")
gallery_families()

# %% [markdown]
# Here are fifteen of them.

# %%
names = [
    "plain loop",
    "list doubling",
    "os._exit",
    "subprocess",
    "delete a file",
    "read a secret",
    "TCP connection",
    "kill the parent",
    "print a result",
    "patched built-ins",
    "equal to everything",
    "close the bracket",
    "gold in the frames",
    "gold in the heap",
    "table of what was shown",
]
gallery_list(names)

# %% [markdown]
# They run live in the next cells. After each attack an honest program runs, and a folder and a socket are inspected for
# traces: an attack *won* if it left any, or if it ended in a way that the gallery does not allow, such as a wrong
# answer called right. Otherwise it was *held*. *How many of these fifteen win?*

# %%
guess_won = predict("02.won", ...)
guess_won

# %%
page, won = gallery_table(names, here)
page

# %%
guess_won.against(won)

# %% [markdown]
# None of the fifteen should win. Each line ends in one of a few ways that the gallery allows for it: a refusal, a limit, or
# a harmless value. *Gold* in two of the names is the right output. An `ok` does not mean that the attack succeeded:
# *print a result* may print, and its output is still what `f` returned. `azr-nb doctor --attacks` runs the whole
# gallery on your own machine.
#
# ## What is protected, and what is not
#
# Several layers surround a `cpython` worker, so that a flaw in one of them is not enough to escape.

# %%
table(("layer", "on this machine"), list(layers().items()))

# %% [markdown]
# On Linux each worker is *forked* from a process that has held no data. *Seccomp* leaves it the few system calls it
# needs, *no new privileges* and *no capabilities* keep it from gaining rights, *landlock* and *namespaces* take away
# files and network, and *rlimits* and the *memory limit* bound what it uses. *Order of sets* belongs to the gate
# above: whether the third run can visit a set in reverse. `azr-nb doctor` prints the same table. Our judge does
# **not** stop these:
#
# - *flaws below us*: in the kernel, the processor, or monty itself;
# - *other systems*: workers on macOS have limits but not all layers, and Windows has no `cpython` engine. On both,
#   monty decides;
# - *luck*: a program that depends on chance in a way we did not foresee, and happens to give the same value twice,
#   becomes a task;
# - *the edge of a limit*: a program that takes about as long as the limit passes one day and times out the next;
# - *tasks that are valid and worthless*: a correctly judged program can be dull, or its message can lie. No executor
#   sees that. 

# %%
fooled = sum(weak_verdict(*trick) == "right" for trick in tricks_by_family)
valid, attacks = sum(v.ok for v in found.values()), sum(gallery_counts().values())
record(fooled=fooled, attacks=attacks, won=won, valid=valid, engines=len(here), agree=agree)
environment.close()

# %% [markdown]
# ## Summary
#
# A judge that evaluates answers can be talked into anything. Ours reads answers as literals, compares exact types, and
# keeps the right output away from programs. Proposals pass seven gates. Limits stop what does not end. Two processes
# with different hash seeds, and a third one where a program walks through sets, find what depends on chance.
#
# ### Recall
#
# 1. What does the answer `3) or (True` do to the weak judge?
# 2. Why is it better not to evaluate answers than to forbid words such as `eval` and `__eq__`?
# 3. Why must types be compared before values?
# 4. Name the seven gates in their order. Why are form and rules first?
# 5. Why can two runs in one process not find a dependence on the hash seed?
# 6. Which verdicts can differ on another machine?
# 7. What can still be wrong with a valid task that no executor notices?
#
# ### An open problem
#
# Every test of determinism is a sample. How would you find programs that depend on chance *rarely*, without running
# each a hundred times?
#
# ### References
#
# Zhao et al., *Absolute Zero: Reinforced Self-play Reasoning with Zero Data*, arXiv 2505.03335, section 3.3.3. Amodei
# et al., *Concrete Problems in AI Safety*, arXiv 1606.06565, section 4, on rewards that are hacked. Code:
# `azr_nb/executor/`, `azr_nb/environments/python_programs/`, `azr_nb/programs/values.py`. Next: [03 Proposing
# tasks](03_proposing.ipynb).
