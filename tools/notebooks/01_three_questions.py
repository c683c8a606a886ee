# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Three questions about one program
#
# *A program, an input, an output: hide one of the three and you have a task. Which one is hidden decides what counts
# as right, how it is checked, and what makes it hard.*
#
# **You will** ask and answer every kind of task about one program, write the check for abduction, choose
# input-output pairs that a lookup table cannot pass, and make a program hard for one question at a time.
#
# | | |
# |---|---|
# | minutes | 30 to read, 31 for the exercises, under 1 to run |
# | hardware | a laptop CPU |
# | you should know | notebook 00 |
# | you will leave with | a feel for what the model has to be able to do |

# %%
from azr_nb import PythonPrograms, Task
from azr_nb.course import (
    HIDDEN, as_program, ask, check, comparison, costs, costs_picture, explore, impostors, judged, library,
    outputs_of, pair_marks, pairs_picture, predict, preimages, prompt, record, safe_run, table,
    tasks_of, triple_figure,
)
from azr_nb.programs import parse_value, same
from azr_nb.environments.python_programs.messages import hint

# %% tags=["parameters"]
TIER = "cpu"  # smoke, cpu, gpu: nothing here is large, so all three do the same
SEED = 0  # nothing here is drawn by chance; kept so that every notebook has the same two

# %% [markdown]
# In self-play a model solves tasks. The model takes no part in this notebook: **you** are the solver.
#
# ## One triple
#
# Here is a program. The executor runs it and completes the triple (program, input, output).

# %%
environment = PythonPrograms()
program = "def f(a):\n    b = a % 3\n    return b * 2"
inputs = ["7", "2", "3", "10", "12", "-4"]
tasks = tasks_of(program, inputs, environment.executor)
print(f"{program}\n\ninput {tasks['deduction'].input}, output {tasks['deduction'].output}")

# %% [markdown]
# Now hide one part at a time, and three kinds of task come out.

# %%
triple_figure(program, tasks["induction"].pairs[:3])

# %% [markdown]
# This is what a solver is shown. You have seen the whole triple already. How would you find each part if it were
# hidden?

# %%
kinds = ("deduction", "abduction", "induction")
table(("task type", "what the solver sees"), [(kind, prompt(tasks[kind])) for kind in kinds])

# %% [markdown]
# - **Deduction** hides the output. Follow the program: 7 % 3 is 1, times 2 is 2.
# - **Abduction** hides the input. Go backwards: what leaves 1 when divided by 3?
# - **Induction** hides the program. Guess the rule from three pairs and a message, here `#% 3 #* 2`: the operations of the program, each marked with `#`.
#
# The three names are Peirce's for three kinds of reasoning: from a rule and a case to the result, from a rule and a
# result to the case, and from cases and results to the rule. Here is one answer, checked.

# %%
ask(tasks["abduction"], "4", environment.executor)

# %% [markdown]
# The verdict is one word, and the reason explains it. Below, choose the hidden part and type an answer. For the hidden
# program an expression such as `a % 3 * 2` is enough. Can you find answers whose verdict surprises you?

# %%
zoo = {
    "twice the remainder": (program, inputs),
    "first and last": (as_program("a[0] + a[-1]"), ["'hello'", "'ab'", "[1, 2]", "'xyz'", "[5]"]),
    "ten divided": (as_program("10 // a"), ["3", "1", "10", "-3", "4", "100"]),
}
asked = {name: tasks_of(*parts, environment.executor) for name, parts in zoo.items()}


def question(about="twice the remainder", hidden="input", answer="4"):
    return ask(asked[about][HIDDEN[hidden]], answer, environment.executor)


explore(question, about=list(zoo), hidden=list(HIDDEN), answer="text")

# %% [markdown]
# ## Deduction: one right value
#
# A deduction answer is compared with the recorded output. Nothing has to be run. Here are six answers to `f(7)`: `2`,
# `2.0`, `+2`, `'2'`, `4 - 2` and `f(7)`. *How many of them are right?*

# %%
guess_values = predict("01.values", ...)
guess_values

# %%
answers = ["2", "2.0", "+2", "'2'", "4 - 2", "f(7)"]
judged(tasks["deduction"], answers, environment.executor)

# %%
guess_values.against(sum(v.ok for v in environment.check([tasks["deduction"]] * len(answers), answers)))

# %% [markdown]
# An answer is a *value*, written as a **literal**, such as 2 or 'ab'. It may be written differently, as long as the
# value is the same. A sum or a call is not a
# literal, even if its value would be right: if `f(7)` were allowed, the executor would do the solver's work.
#
# ### The same value
#
# What counts as the same value? Python's `==` is one answer, and the verifier has its own rule. *Where will they
# differ?*

# %%
pairs = [
    ("'a'", '"a"'),
    ("1", "1.0"),
    ("1", "True"),
    ("[1]", "[True]"),
    ("'1'", "1"),
    ("[1, 2]", "(1, 2)"),
    ("{'x': 1, 'y': 2}", "{'y': 2, 'x': 1}"),
    ("{1, 2}", "{2, 1, 1}"),
    ("nan", "nan"),
    ("0.0", "-0.0"),
]
table(("one", "other", "Python's ==", "the verifier"), [comparison(*pair) for pair in pairs])

# %% [markdown]
# Numbers are compared as numbers, so 1 is the same as 1.0. A Boolean is not a number, so `True` is not 1, at any
# depth. The kind of quotes does not matter, nor does the order of dicts and sets. The order of lists does, and a list
# is not a tuple. `nan`, a result that is not a number, counts as equal to `nan` here, although Python says it is not.
# `0.0` and `-0.0` are the same to both. Try pairs of your own.


# %%
def compared(one="1", other="True"):
    try:
        return table(("one", "other", "Python's ==", "the verifier"), [comparison(one, other)])
    except ValueError as error:
        return table(("not a plain value",), [(error,)])


explore(compared, one="text", other="text")

# %% [markdown]
# ## Abduction: any input that works
#
# The proposer wrote the input 7. *How many of the whole numbers from -6 to 15 are right answers to `f(?) => 2`?*

# %%
guess_inputs = predict("01.inputs", ...)
guess_inputs

# %%
window = range(-6, 16)
outputs = outputs_of(program, window, environment.executor)
right = [x for x, y in zip(window, outputs, strict=True) if same(y, 2)]
print(f"right: {right}; the proposer's own: {tasks['abduction'].input}")
guess_inputs.against(len(right))

# %%
preimages(program, "2", window, environment.executor)

# %% [markdown]
# Each square is a right answer, and only one of them is the proposer's. The verifier never looks at the recorded
# input: it runs the program on the answer and compares the *output*. Demanding the recorded input would punish a
# solver for reasoning well. Choose other outputs: 4 has as many answers. 3 has none, so it could never have become a
# task.


# %%
def answers_for(output=2, divisor=3):
    text = f"def f(a):\n    b = a % {divisor}\n    return b * 2"
    return preimages(text, str(output), window, environment.executor)


explore(answers_for, output=(0, 12, 1), divisor=(2, 8, 1))

# %% [markdown]
# Keep the output at 2 and raise the divisor: the number of squares never rises.

# %%
divisors = range(2, 9)
counts = [outputs_of(as_program(f"a % {d} * 2"), window, environment.executor).count(2) for d in divisors]
table(("divisor", *map(str, divisors)), [("right answers to f(?) => 2", *counts)])

# %% [markdown]
# From left to right the program keeps more of its input, and the number of inputs that share an output falls or stays
# the same. A program that throws away a lot of information makes abduction easy.
#
# Now write the check. `run(program, input)` is safe. It returns an outcome with a `status`, which is `"ok"` if the
# call returned, and a `text`, which is the value as a literal. `parse_value` reads such a text, and `same` compares
# two values.

# %%
run = safe_run(environment.executor)
good, bad = run(program, "4"), run(program, "'x'")
print(parse_value(good.text), same(parse_value(good.text), 2.0))
table(("call", "status", "text"), [("f(4)", good.status, good.text), ("f('x')", bad.status, bad.text)])

# %% [markdown]
# Say whether `answer` is right for an abduction `task`, which has `task.program`, `task.input` and `task.output`, all
# of them texts.


# %% tags=["exercise"]
def is_preimage(task, answer, run):
    """Whether the task's program gives the task's output for this input."""
    ### BEGIN SOLUTION
    outcome = run(task.program, answer)
    return outcome.status == "ok" and same(parse_value(outcome.text), parse_value(task.output))
    ### END SOLUTION


check("01.preimage", is_preimage)

# %% [markdown] tags=["hint"]
# Run the program first. What do you know when the status is not `"ok"`?

# %% [markdown] tags=["hint"]
# `"2.0" == "2"` compares two texts. Parse both before you compare.

# %% [markdown] tags=["teacher"]
# Two wrong answers are worth showing: `answer == task.input`, and comparing `outcome.text == task.output`. The second
# passes nearly every test that people think of, until a program divides.

# %% [markdown]
# ## Induction: a rule, not a list
#
# An induction task has several pairs. The solver sees the first half; the other half is hidden, and an answer is right
# if it is right on **every hidden pair**, whatever it does on the visible ones. Here are three answers. All three are right on the visible pairs. *Which one
# is right on the hidden ones too?*

# %%
candidates = {
    "A": "def f(a):\n    return a * 2 % 6",
    "B": "def f(a):\n    return {7: 2, 2: 4, 3: 0}[a]",
    "C": "def f(a):\n    return a % 3 * 2 if a > 0 else 0",
}
table(("answer", "program"), list(candidates.items()))

# %%
guess_hidden = predict("01.hidden", ...)
guess_hidden

# %%
pairs_picture(tasks["induction"], candidates, environment.executor)

# %%
verdicts = environment.check([tasks["induction"]] * 3, list(candidates.values()))
guess_hidden.against(next(name for name, verdict in zip(candidates, verdicts, strict=True) if verdict.ok))

# %% [markdown]
# All three agree to the left of the line, so what the solver sees cannot tell them apart. To the right of it B, a
# table, knows nothing, and C fails on a negative number. A is written differently from the proposer's program and is
# just as right: a program is judged by what it *does*.

# %%
marks = pair_marks(tasks["induction"], candidates["B"], environment.executor)
visible, hidden = sum(marks[:3]) / 3, sum(marks[3:]) / 3
verdict = environment.check([tasks["induction"]], [candidates["B"]])[0]
print(f"lookup table: {visible:.0%} of the visible, {hidden:.0%} of the hidden pairs")
print(f"{verdict.status}: {verdict.reason}")

# %% [markdown]
# ### What the message is for
#
# A few pairs leave a lot open. Take `f(0) => 0` and `f(2) => 4`: is that doubling, or squaring?

# %% tags=["shown"]
double, square = "def f(a):\n    return a * 2", "def f(a):\n    return a * a"
known = (("0", "0"), ("2", "4"), ("5", "10"))
guess = Task("induction", double, known, visible=2, message=hint(double))
found = environment.check([guess, guess], [double, square])
rows = [(double, hint(double), found[0].status), (square, hint(square), found[1].status)]
table(("answer", "what its message would be", "verdict"), rows)

# %% [markdown]
# Both fit what is shown, and only one is right. The proposer's program doubles, and the hidden pair is `f(5) => 10`;
# squaring gives 25. The message narrows the choice. In the paper it is a sentence in which the proposer describes the
# function freely. Our small policy writes down the operations and numbers of the program instead.
#
# ### Who chooses the pairs?
#
# The proposer does. Pairs that are all alike test nothing. Here are some **impostors**, wrong programs that agree with
# ours on some or many pairs. The first two are made from whatever pairs are visible.

# %%
alike = tasks_of(program, ["0", "1", "2", "3", "4", "5"], environment.executor)["induction"]
table(("impostor", "program"), list(impostors(alike).items()))

# %%
pairs_picture(alike, impostors(alike), environment.executor)

# %% [markdown]
# Read the rows to the right of the line: with the inputs 0 to 5, two impostors are right on all hidden pairs. They
# would get the same reward as an answer that understood the program.

# %% [markdown]
# Choose six different whole numbers, of which the first three will be visible, so that *every* impostor fails on at least
# one hidden pair.

# %% tags=["exercise"]
my_inputs = [..., ..., ..., ..., ..., ...]
### BEGIN SOLUTION
my_inputs = [0, 1, 2, 7, -2, 11]
### END SOLUTION

check("01.hidden_pairs", my_inputs)

# %% [markdown] tags=["hint"]
# Take the impostors one by one and find for each an input where it is wrong. One input can be enough for several.

# %% [markdown] tags=["hint"]
# You need one hidden input below zero, and one above five whose right output is not 0.

# %% [markdown] tags=["teacher"]
# Ask afterwards: does a proposer have any reason to choose such inputs? Its reward falls when answers are right, so an
# impostor that passes costs it something. But it does not know which impostors there are.

# %% [markdown]
# ## Which question is hard?
#
# That depends on the program. Imagine a clueless but diligent solver:
#
# - for deduction it follows the program, **statement by statement**;
# - for abduction it tries the **inputs** from 0 to 99 in random order;
# - for induction it tries the programs of a **library** of expressions, simple ones first, and answers with the
#   first that fits the visible pairs, here those of the inputs 1, 3 and 4.

# %%
print(f"{len(library())} programs, from {library()[0][0]!r} to {library()[-1][0]!r}")

# %% tags=["shown"]
expressions = {"parity": "a % 2", "7a + 3": "a * 7 + 3", "square of the last digit": "(a % 10) ** 2"}
loops = {
    "sum of digits": ("n = 0", "for digit in str(a):", "    n += int(digit)", "return n"),
    "Collatz steps": ("n = 0", "while a > 1:", "    a = 3 * a + 1 if a % 2 else a // 2", "    n += 1", "return n"),
    "powers of 2 modulo 101": ("b = 1", "for _ in range(a):", "    b = b * 2 % 101", "return b"),
}
six = {name: as_program(text) for name, text in expressions.items()}
six |= {name: "\n    ".join(("def f(a):", *lines)) for name, lines in loops.items()}
table(("name", "program"), list(six.items()))

# %% [markdown]
# *Which of these six programs are hardest for deduction, for abduction and for induction?*

# %% tags=["shown"]
measured = {name: costs(text, environment.executor) for name, text in six.items()}
costs_picture(measured)

# %% [markdown]
# Markers further to the right mean more work; the units differ, so compare within a column only. For deduction and
# abduction the numbers are averages over the inputs from 0 to 99, for induction a single count. A filled marker means
# that the work led to a right answer, a hollow one that it did not. Row by row:
#
# - *parity* throws away nearly everything: two tries find an input;
# - *7a + 3* throws nothing away, so a search for its input takes long (anyone who can do algebra is faster);
# - *square of the last digit* and *sum of digits* mislead induction: a simpler program fits the visible inputs 1, 3 and
#   4, and fails on a hidden one (the digits of 1, 3 and 4 add up to the number itself, so `a` fits *sum of digits*);
# - for *Collatz steps* and *powers* all 1,128 programs of the library are tried, and none fits;
# - *powers* are **one-way**: they are easy, though long, to compute forwards. Only one input below 100 is right, and
#   no short way to find it is known.

# %% [markdown]
# These numbers say what a *search* costs. A model does not search like that, and only its solve rate tells how hard a
# task is for it. But the picture shows that a program that is cheap for one question can be expensive for another.
# Skill in one does not have to carry over, so the paper trains on all three.

# %% [markdown]
# Write three programs, as texts of at most 8 lines, that give a plain value for every whole number from 0 to 99.
# `costs(text, environment.executor)` measures them as the figure does.
#
# - `deduction`: at least 100 statements per call on average, and no output occurs for more than 50 of the 100 inputs.
# - `abduction`: at least 40 tries on average to find an input, and no program of the library maps the output back to the
#   input.
# - `induction`: with the inputs 0, 1, 2 visible and 3, 4, 5 hidden, a simple expression fits the visible pairs and is
#   wrong.

# %% tags=["exercise"]
hard = {"deduction": ..., "abduction": ..., "induction": ...}
### BEGIN SOLUTION
hard["deduction"] = """
def f(a):
    for i in range(150):
        a = (a * 3 + i) % 101
    return a
"""
hard["abduction"] = "def f(a):\n    return 2 ** a % 101"
hard["induction"] = "def f(a):\n    return a if a < 3 else a * a % 7"
### END SOLUTION

check("01.hard_three", hard)

# %% [markdown] tags=["hint"]
# Deduction: a loop with a fixed number of rounds. Make sure that different inputs still end differently.

# %% [markdown] tags=["hint"]
# Abduction: look at the last line of the figure. Induction: be simple for 0, 1 and 2, and then change your mind.

# %% [markdown] tags=["teacher"]
# `"sum(range(a * 100))"` is many steps for the machine and one statement for our counter. Discuss: is the number of
# statements a fair measure of what a *reader* has to do? And of what a transformer has to do?

# %% [markdown]
# ## A fourth question: how does it end?
#
# The released code has a fourth task type: given a program and an input, name the **error** that ends the call, or
# `NoError`. *With which error does `f(0)` end if `f` returns `10 // a`?*

# %%
guess_end = predict("01.end", ...)
guess_end

# %%
crash = Task("error", zoo["ten divided"][0], (("0", "ZeroDivisionError"),))
names = ["ZeroDivisionError", "zerodivisionerror: division by zero", "ArithmeticError", "NoError"]
judged(crash, names, environment.executor)

# %%
guess_end.against(crash.output)

# %% [markdown]
# Only the first word counts, and case does not matter. A more general class is not enough. Error tasks are off by
# default here, as in the paper, whose authors report no noticeable gain from them.

# %%
tries = {name: cost[1] for name, cost in measured.items()}
record(
    right_inputs=len(right),
    visible=visible,
    hidden=hidden,
    library=len(library()),
    parity_tries=tries["parity"],
    powers_tries=tries["powers of 2 modulo 101"],
)
environment.close()

# %% [markdown]
# ## Summary
#
# | hidden | task type | what counts as right | checked by |
# |---|---|---|---|
# | output | deduction | the same value | comparing |
# | input | abduction | any input that gives the output | running the program |
# | program | induction | any program that is right on all hidden pairs | running the answer |
# | how it ends | error | the name of the error | comparing |
#
# ### Recall
#
# 1. Why is the recorded input of an abduction task never compared with the answer?
# 2. Is `True` a right answer where the output is 1? Is `1.0`?
# 3. Why may a deduction answer not be an expression?
# 4. What passes all visible pairs and still knows nothing?
# 5. What is the message of an induction task for?
# 6. What kind of program makes abduction easy, and which makes it hard?
# 7. Why can a simpler program than the proposer's be a wrong answer, and when is it a right one?
#
# ### An open problem
#
# Hidden pairs test an answer on the inputs that the proposer happened to choose. How many pairs, chosen by whom, would
# make you believe that two programs are the same? (There is no general procedure that decides it.)
#
# ### References
#
# Zhao et al., *Absolute Zero: Reinforced Self-play Reasoning with Zero Data*, arXiv 2505.03335, section 3.2 and
# appendix D.1. C. S. Peirce, *Deduction, Induction, and Hypothesis*, Popular Science Monthly 13 (1878). Next:
# [02 The executor is the judge](02_executor.ipynb).
