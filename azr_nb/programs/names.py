"""Which function, lambda, comprehension or module a name of a program belongs to, so that names can be changed.

Python's own scope rules, read from the syntax tree: nothing is run. What a change of names cannot follow is left as it
is: attributes, imported names, names of classes, and names that a call gives as keywords.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import count

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOKS_AT_NAMES = frozenset(("locals", "globals", "vars", "dir", "eval", "exec"))


@dataclass(eq=False)
class Scope:
    """A module, class, function (a lambda too) or comprehension with the names that it binds."""

    kind: str
    parent: Scope | None = None
    bound: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)  # bound by an import or as a class
    parameters: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)  # declared nonlocal
    module_wide: set[str] = field(default_factory=set)  # declared global

    @property
    def local(self) -> bool:
        return self.kind in ("function", "comprehension")

    def module(self) -> Scope:
        return self if self.parent is None else self.parent.module()

    def owner(self, name: str) -> Scope | None:
        """The scope that a use of `name` in this scope refers to; None for a name that the program never binds."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.module_wide:
                scope = scope.module()
            # the names of a class body are seen in that body only, not in its methods
            if name in scope.bound and name not in scope.outer and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.parent
        return None


@dataclass
class Use:
    """One place where a name stands: `change` writes another there."""

    name: str
    scope: Scope
    change: Callable[[str], None]


class _Reader(ast.NodeVisitor):
    """Collects every use of a name, in the order of the tree."""

    def __init__(self) -> None:
        self.scope = self.root = Scope("module")
        self.uses: list[Use] = []
        self.keywords: set[str] = set()

    def use(self, node: ast.AST, attribute: str, binds: bool) -> None:
        name = getattr(node, attribute)
        if name is None:
            return
        if binds:
            scope = self.scope
            scope.bound.add(name)
            if name in scope.module_wide:
                scope.module().bound.add(name)
        self.uses.append(Use(name, self.scope, lambda new: setattr(node, attribute, new)))

    def inside(self, kind: str, *parts: object) -> None:
        self.scope = Scope(kind, self.scope)
        for part in parts:
            self.each(part)
        self.scope = self.scope.parent

    def each(self, part: object) -> None:
        for node in part if isinstance(part, list) else [part]:
            if isinstance(node, ast.AST):
                self.visit(node)

    # --- scopes ------------------------------------------------------------------------------------------------------
    def visit_FunctionDef(self, node) -> None:
        self.use(node, "name", binds=True)
        arguments = _every_argument(node.args)
        self.each([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        self.each([argument.annotation for argument in arguments] + [node.returns])
        self.scope = Scope("function", self.scope)
        self._declare(node.body)  # a declaration holds for the whole function, above it too
        self._function(arguments, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _declare(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.Global):
                self.scope.module_wide.update(node.names)
            elif isinstance(node, ast.Nonlocal):
                self.scope.outer.update(node.names)
            elif not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                self._declare([one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr)])

    def _function(self, arguments: list[ast.arg], body: object) -> None:
        for argument in arguments:
            self.use(argument, "arg", binds=True)
            self.scope.parameters.add(argument.arg)
        self.each(body)
        self.scope = self.scope.parent

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.each([*node.args.defaults, *node.args.kw_defaults])
        self.scope = Scope("function", self.scope)
        self._function(_every_argument(node.args), node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.use(node, "name", binds=True)
        self.scope.kept.add(node.name)
        self.each([*node.decorator_list, *node.bases, *node.keywords])
        self.inside("class", node.body)

    def comprehension(self, node) -> None:
        first, *others = node.generators
        self.visit(first.iter)  # evaluated outside, as Python does
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        rest = [part for one in others for part in (one.target, one.iter, *one.ifs)]
        self.inside("comprehension", first.target, first.ifs, rest, results)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    # --- names -------------------------------------------------------------------------------------------------------
    def visit_Name(self, node: ast.Name) -> None:
        self.use(node, "id", binds=not isinstance(node.ctx, ast.Load))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        here = self.scope
        while self.scope.kind == "comprehension":
            self.scope = self.scope.parent  # := binds around the comprehension
        self.visit(node.target)
        self.scope = here

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.each(node.type)
        self.use(node, "name", binds=True)
        self.each(node.body)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.each(node.pattern)
        self.use(node, "name", binds=True)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self.use(node, "name", binds=True)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        self.use(node, "rest", binds=True)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        for i, name in enumerate(node.names):
            self.uses.append(Use(name, self.scope, lambda new, i=i: node.names.__setitem__(i, new)))

    def visit_Global(self, node: ast.Global) -> None:
        for i, name in enumerate(node.names):
            self.uses.append(Use(name, self.root, lambda new, i=i: node.names.__setitem__(i, new)))

    def visit_alias(self, node: ast.alias) -> None:
        name = node.asname or node.name.partition(".")[0]
        self.scope.bound.add(name)
        self.scope.kept.add(name)
        if name in self.scope.module_wide:
            self.root.bound.add(name)
            self.root.kept.add(name)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg is not None:
            self.keywords.add(node.arg)
        self.visit(node.value)


def _every_argument(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [argument for argument in found if argument is not None]


def read_names(tree: ast.Module) -> tuple[list[Use], set[str]]:
    """Every use of a name in the tree, and the names that calls give as keywords."""
    reader = _Reader()
    reader.visit(tree)
    return reader.uses, reader.keywords


def looks_at_names(tree: ast.AST) -> bool:
    """Whether a program may look at the names of its own variables, as `locals()` does."""
    return any(isinstance(node, ast.Name) and node.id in _LOOKS_AT_NAMES for node in ast.walk(tree))


def local_variables(
    tree: ast.Module, keywords: Collection[str] = ()
) -> tuple[list[tuple[Use, Scope | None]], set[str]]:
    """Every use of a name, with the scope that owns it if it is a parameter or local variable that can be renamed.

    A parameter cannot where a call gives its name, in the program or by one of `keywords`; all these names come second.
    """
    uses, given = read_names(tree)
    given |= set(keywords)

    def owner_of(use: Use) -> Scope | None:
        owner = use.scope.owner(use.name)
        if owner is None or not owner.local or use.name in owner.kept or use.name.startswith("__"):
            return None
        return None if use.name in owner.parameters & given else owner

    return [(use, owner_of(use)) for use in uses], given


def rename_locals(tree: ast.Module, names: Iterable[str] | None = None, keywords: Collection[str] = ()) -> None:
    """Give parameters and local variables other names in the order they first stand in the tree, in place.

    They are called v0, v1, ..., or by the first of `names` that is free and is not what the variable is called already.
    Raises `ValueError` where `names` are too few.
    """
    found, given = local_variables(tree, keywords)
    taken = {use.name for use, owner in found if owner is None} | given | _imported(tree)
    left = [name for name in names if name not in taken] if names is not None else None
    counted = (name for i in count() if (name := f"v{i}") not in taken)
    new: dict[tuple[int, str], str] = {}
    for use, owner in found:
        if owner is None:
            continue
        key = (id(owner), use.name)
        if key not in new and left is None:
            new[key] = next(counted)
        elif key not in new:
            other = next((name for name in left if name != use.name), None)
            if other is None:
                raise ValueError("there are too few names")
            left.remove(other)
            new[key] = other
        use.change(new[key])


def rename_globals(tree: ast.Module, new: Callable[[str], str]) -> None:
    """Change the names that the module itself binds, but for imported ones, in place.

    Locals that would hide a new name are renamed first.
    """
    uses, _ = read_names(tree)
    imported = _imported(tree)
    globals_ = [use for use in uses if (owner := use.scope.owner(use.name)) and owner.kind == "module"]
    changes = {use.name: new(use.name) for use in globals_ if use.name not in imported}
    if set(changes.values()) & {use.name for use in uses}:
        rename_locals(tree)
    for use in globals_:
        if use.name in changes:
            use.change(changes[use.name])


def _imported(tree: ast.Module) -> set[str]:
    return {one.asname or one.name.partition(".")[0] for one in ast.walk(tree) if isinstance(one, ast.alias)}
