"""Small breaks of a source file: constants, signs, operators, bounds and indices."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Place = TypeVar("Place")
OTHER_OPERATOR = {ast.Add: " - ", ast.Sub: " + ", ast.Mult: " / ", ast.Div: " * "}
OTHER_BOUND = {ast.Lt: " <= ", ast.LtE: " < ", ast.Gt: " >= ", ast.GtE: " > ", ast.Eq: " != ", ast.NotEq: " == "}
OTHER_FUNCTION = {"maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max"}


@dataclass(frozen=True)
class Break:
    """A piece of the source and what stands there after the break."""

    begin: int
    end: int
    after: str
    line: int
    what: str

    def applied(self, source: str) -> str:
        """The broken source."""
        return source[: self.begin] + self.after + source[self.end :]


def breaks_of(source: str) -> list[Break]:
    """Every break of a source, in its order; text, annotations and error messages are left alone."""
    starts = np.cumsum([0, *(len(line) for line in source.splitlines(keepends=True))])

    def position(line: int, column: int) -> int:
        text = source.splitlines(keepends=True)[line - 1]
        return int(starts[line - 1]) + len(text.encode()[:column].decode())

    result = []
    for node in _numbers_and_operators(ast.parse(source)):
        begin = position(node.lineno, node.col_offset)
        end = position(node.end_lineno or node.lineno, node.end_col_offset or 0)
        old = source[begin:end]
        new = _broken(node, old)
        if new is not None and new != old and "\n" not in old:
            result.append(Break(begin, end, new, node.lineno, f"{old} -> {new}"))
    return result


def chosen(breaks: Mapping[Place, Sequence[Break]], number: int, seed: int) -> list[tuple[Place, Break]]:
    """A number of breaks, of as many files as possible, the same for the same seed."""
    rng = np.random.default_rng(seed)
    shuffled = {place: [every[i] for i in rng.permutation(len(every))] for place, every in breaks.items() if every}
    order = [list(shuffled)[i] for i in rng.permutation(len(shuffled))]
    deepest = max((len(every) for every in shuffled.values()), default=0)
    rounds = ((place, shuffled[place][k]) for k in range(deepest) for place in order if k < len(shuffled[place]))
    return [each for each, _ in zip(rounds, range(number), strict=False)]


def _numbers_and_operators(tree: ast.AST) -> Iterator[ast.expr]:
    """Expressions that can be broken, outside of annotations, decorators and raised errors."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
            continue
        if child in getattr(tree, "decorator_list", ()):
            continue
        if isinstance(child, ast.Constant | ast.BinOp | ast.Compare | ast.UnaryOp | ast.Call):
            yield child
        if isinstance(child, ast.AnnAssign):
            if child.value is not None:
                yield from _numbers_and_operators(ast.Expression(child.value))
            continue
        yield from _numbers_and_operators(child)


def _broken(node: ast.expr, old: str) -> str | None:
    """What stands in place of an expression, None if it cannot be broken."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return str(not node.value)
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return str(node.value + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return repr(node.value * 1.1) if node.value else "0.1"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        return old[1:]
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER_OPERATOR:
        return _joined(ast.unparse(node.left), OTHER_OPERATOR[type(node.op)], ast.unparse(node.right))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OTHER_BOUND:
        return _joined(ast.unparse(node.left), OTHER_BOUND[type(node.ops[0])], ast.unparse(node.comparators[0]))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OTHER_FUNCTION:
        return old.replace(f".{node.func.attr}(", f".{OTHER_FUNCTION[node.func.attr]}(", 1)
    return None


def _joined(left: str, operator: str, right: str) -> str:
    return f"(({left}){operator}({right}))"
