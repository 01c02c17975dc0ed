"""The small faults: one change of a module's syntax tree each, numbered in the order of the source.

Texts for people are left alone (docstrings, f-strings, what errors are told), and so is all that has no effect when it
runs: annotations, imports, `__all__`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


class Mutant(NamedTuple):
    """One fault: its number, the line it is on, the function around it ("" at module level), and the change."""

    number: int
    line: int
    function: str
    change: str


class Point(NamedTuple):
    """A place that can be changed: how to change it, on a fresh tree."""

    line: int
    function: str
    change: str
    make: Callable[[], None]


def mutants_of(source: str) -> list[Mutant]:
    """Return all faults that can be put into a module."""
    points = _points(ast.parse(source))
    return [Mutant(number, point.line, point.function, point.change) for number, point in enumerate(points)]


def mutated(source: str, number: int) -> ast.Module:
    """Return the module's tree with one fault in it."""
    tree = ast.parse(source)
    for at, point in enumerate(_points(tree)):
        if at == number:
            point.make()
            return ast.fix_missing_locations(tree)
    raise IndexError(number)


def _points(tree: ast.Module) -> Iterator[Point]:
    yield from _Walk().body(tree.body, "")


def _text(node: ast.AST) -> str:
    found = ast.unparse(node).splitlines()
    return found[0][:100] if found else ""


class _Walk:
    """Walks statements and expressions; each place is told with what changes it in this very tree."""

    def __init__(self) -> None:
        # The first line of the statement that is walked: it tells one constant from another.
        self.within = ""

    def body(self, statements: list[ast.stmt], function: str) -> Iterator[Point]:
        for place, statement in enumerate(statements):
            yield from self.statement(statements, place, statement, function)

    def statement(self, holder: list[ast.stmt], place: int, node: ast.stmt, function: str) -> Iterator[Point]:
        def to_pass() -> None:
            holder[place] = ast.copy_location(ast.Pass(), node)

        self.within = _text(node)

        match node:
            case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Pass() | ast.Global() | ast.Nonlocal():
                return
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if any(_text(one).endswith("overload") for one in node.decorator_list):
                    return
                inner = f"{function}.{node.name}".lstrip(".")
                for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)):
                    yield from self.expression(default, function)
                yield from self.body(node.body, inner)
            case ast.ClassDef():
                yield from self.body(node.body, f"{function}.{node.name}".lstrip("."))
            case ast.If() if _text(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'"):
                yield from self.body(node.orelse, function)
            case ast.Expr(value=ast.Constant()):
                return
            case ast.Expr():
                if not isinstance(node.value, ast.Yield | ast.YieldFrom):
                    yield Point(node.lineno, function, f"{_text(node)} -> pass", to_pass)
                yield from self.expression(node.value, function)
            case ast.Raise():
                yield Point(node.lineno, function, f"{_text(node)} -> pass", to_pass)
            case ast.Return(value=ast.expr() as value):
                if not (isinstance(value, ast.Constant) and value.value is None):
                    yield Point(
                        node.lineno,
                        function,
                        f"{_text(node)} -> return None",
                        lambda: setattr(node, "value", ast.copy_location(ast.Constant(None), value)),
                    )
                yield from self.expression(value, function)
            case ast.Continue() | ast.Break():
                other = ast.Break() if isinstance(node, ast.Continue) else ast.Continue()

                def swap(new: ast.stmt = other) -> None:
                    holder[place] = ast.copy_location(new, node)

                yield Point(node.lineno, function, f"{_text(node)} -> {_text(other)}", swap)
            case ast.AugAssign():
                yield Point(node.lineno, function, f"{_text(node)} -> pass", to_pass)
                yield from self.expression(node.value, function)
            case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
                return
            case ast.Assign():
                yield from self.expression(node.value, function)
            case ast.AnnAssign():
                if node.value is not None and _text(node.annotation) != "TypeAlias":
                    yield from self.expression(node.value, function)
            case _:
                yield from self.compound(node, function)

    def compound(self, node: ast.stmt, function: str) -> Iterator[Point]:
        if isinstance(node, ast.If | ast.While):
            yield from self.negation(node, function)
        for _, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                yield from self.expression(value, function)
            elif isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    yield from self.body(value, function)
                for one in value:
                    if isinstance(one, ast.ExceptHandler):
                        yield from self.body(one.body, function)
                    elif isinstance(one, ast.match_case):
                        if one.guard is not None:
                            yield from self.expression(one.guard, function)
                        yield from self.body(one.body, function)
                    elif isinstance(one, ast.withitem):
                        yield from self.expression(one.context_expr, function)

    def negation(self, node: ast.If | ast.While | ast.IfExp, function: str) -> Iterator[Point]:
        test = node.test
        # Of a comparison the operator is changed, of "not" the word is dropped, of a constant the value.
        if isinstance(test, ast.Compare | ast.Constant) or (
            isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        ):
            return
        yield Point(
            test.lineno,
            function,
            f"if {_text(test)} -> if not (...)",
            lambda: setattr(node, "test", ast.copy_location(ast.UnaryOp(ast.Not(), test), test)),
        )

    def expression(self, node: ast.AST, function: str) -> Iterator[Point]:
        match node:
            case ast.JoinedStr():
                return
            case ast.Call() if _is_error(node.func):
                return
            case ast.Lambda():
                yield from self.expression(node.body, function)
                return
            case ast.Compare():
                for place, op in enumerate(node.ops):
                    new = _COMPARISONS[type(op)]

                    def compare(place: int = place, new: type[ast.cmpop] = new) -> None:
                        node.ops[place] = new()

                    yield Point(node.lineno, function, f"{_text(node)} -> {new.__name__}", compare)
            case ast.BoolOp():
                other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
                yield Point(
                    node.lineno,
                    function,
                    f"{_text(node)} -> {type(other).__name__}",
                    lambda: setattr(node, "op", other),
                )
            case ast.UnaryOp(op=ast.Not()):
                yield Point(node.lineno, function, f"{_text(node)} -> without not", lambda: _unnot(node))
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                operator = _ARITHMETIC[type(node.op)]
                yield Point(
                    node.lineno,
                    function,
                    f"{_text(node)} -> {operator.__name__}",
                    lambda: setattr(node, "op", operator()),
                )
            case ast.IfExp():
                yield from self.negation(node, function)
            case ast.Constant():
                yield from self.constant(node, function)
                return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr | ast.comprehension | ast.keyword | ast.Slice):
                yield from self.expression(child, function)

    def constant(self, node: ast.Constant, function: str) -> Iterator[Point]:
        value = node.value
        new: object
        match value:
            case bool():
                new = not value
            case int() | float():
                new = value + 1
            case str():
                new = "" if value else "x"
            case bytes():
                new = b"" if value else b"x"
            case _:
                return
        yield Point(
            node.lineno, function, f"{repr(value)[:60]} -> {new!r} in {self.within}",
            lambda: setattr(node, "value", new),
        )  # fmt: skip


def _unnot(node: ast.UnaryOp) -> None:
    # The node itself cannot be replaced from here: twice "not" says the same.
    node.operand = ast.copy_location(ast.UnaryOp(ast.Not(), node.operand), node.operand)


_ERRORS: Final = (
    "Error", "InvalidField", "InvalidAddress", "InvalidSetting", "InvalidMessageTag", "InvalidSignature",
    "LimitExceeded", "Refused", "UnsupportedSetting", "Defect", "OverlappingEdits",
)  # fmt: skip


def _is_error(function: ast.expr) -> bool:
    return isinstance(function, ast.Name | ast.Attribute) and _text(function).endswith(_ERRORS)
