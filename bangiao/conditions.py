"""Conditions of steps: expressions in Jinja2's expression language over a few named facts, in a sandbox.

template files → **conditions** → plan. An expression is read and judged before it is ever run: only the facts below,
plain values, comparisons, `and`, `or`, `not`, `in`. So nothing in a template can call, reach into an object, or build a
large value, and a misspelt fact or value is a mistake when the template is checked, not a step silently left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from checklists.errors import BadInput
from checklists.messages import Message
from checklists.participants import Role
from checklists.units import Level

LONGEST = 200
MOST_BRACKETS = 20

Facts = Mapping[str, Mapping[str, object]]


class ConditionTooLong(BadInput):
    """The condition has {length} characters; the most is {most}. Make two steps, or a simpler condition."""


class ConditionUnreadable(BadInput):
    """The condition '{when}' cannot be read: {problem}. Write it like: unit.role == 'successor'."""


class ConditionForbids(BadInput):
    """The condition '{when}' uses {what}. Allowed are facts, texts, whole numbers, comparisons, and, or, not, in."""


class UnknownFact(BadInput):
    """The condition '{when}' asks for the fact '{fact}', which does not exist. The facts are: {facts}."""


class ConditionNotYesOrNo(BadInput):
    """The condition '{when}' does not answer yes or no at '{part}'. Compare the value with something."""


class ConditionCompares(BadInput):
    """The condition '{when}' compares '{fact}' with {value}, which it can never be. It can be: {choices}."""


class FactMissing(BadInput):
    """The condition '{when}' cannot be judged for this unit: {problem}. Give the fact, or correct the condition."""


class Fact(NamedTuple):
    """One fact a condition may ask: its type, its possible values where they are few, and what it means."""

    type: type
    meaning: str
    choices: tuple[str, ...] = ()


FACTS: Mapping[str, Fact] = {
    "unit.level": Fact(str, "level of the unit", tuple(Level)),
    "unit.kind": Fact(str, "kind of the unit in small letters: xã, phường, đặc khu, huyện, tỉnh"),
    "unit.role": Fact(str, "what the unit does in this decision", tuple(Role)),
    "unit.generation": Fact(str, "generation of its key: old, new, central"),
    "succession.predecessors": Fact(int, "predecessors of the unit's own level"),
    "succession.successors": Fact(int, "units it hands over to"),
    "succession.split": Fact(bool, "it hands over to more than one unit"),
    "succession.receives_part": Fact(bool, "it takes over from a divided unit of its own level"),
    "succession.renamed": Fact(bool, "no predecessor of its level had its name"),
    "succession.kind_changed": Fact(bool, "no predecessor of its level was of its kind"),
    "succession.from_districts": Fact(int, "districts it takes over from"),
    "decision.level": Fact(str, "what the decision reorganises", ("province", "commune")),
    "decision.days_to_operational": Fact(int, "days from issue to the first day of operation"),
}

_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
_ORDERED = frozenset({"lt", "lteq", "gt", "gteq"})
_KINDS: Mapping[type, Message] = {
    str: Message("a text"),
    int: Message("a whole number"),
    bool: Message("yes or no"),
}
_WORDS = {
    "Call": Message("a call"),
    "Filter": Message("a filter"),
    "Test": Message("a test"),
    "Getitem": Message("an index"),
    "CondExpr": Message("if … else"),
}


@cache
def compile_condition(when: str) -> Callable[[Facts], bool]:
    """The condition as a function of the facts; a mistake in it is refused here, with its reason."""
    if len(when) > LONGEST:
        raise ConditionTooLong(length=len(when), most=LONGEST)
    if sum(map(when.count, "([{")) > MOST_BRACKETS:
        raise ConditionForbids(when=when, what=Message("more than {most} brackets", {"most": MOST_BRACKETS}))
    _Judge(when).boolean(_parsed(when))
    compiled = _ENVIRONMENT.compile_expression(when, undefined_to_none=False)

    def holds(facts: Facts) -> bool:
        try:
            answer = compiled(**facts)
            if not isinstance(answer, bool):
                raise TypeError(str(answer))  # a missing fact that nothing was compared with raises here, and is named
        except (UndefinedError, TypeError) as problem:
            raise FactMissing(when=when, problem=problem) from problem
        return answer

    return holds


def _parsed(when: str) -> nodes.Expr:
    try:
        parser = Parser(_ENVIRONMENT, when, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            raise ConditionUnreadable(when=when, problem=Message("something follows its end"))
    except (TemplateSyntaxError, RecursionError) as problem:
        raise ConditionUnreadable(when=when, problem=str(problem)) from problem
    return expression


class _Judge:
    """Walks the expression: everything that is not named here is forbidden."""

    def __init__(self, when: str) -> None:
        self.when = when

    def boolean(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.And | nodes.Or):
            self.boolean(node.left)
            self.boolean(node.right)
        elif isinstance(node, nodes.Not):
            self.boolean(node.node)
        elif isinstance(node, nodes.Compare):
            self._comparison(node)
        elif self._value(node) is not bool:
            raise ConditionNotYesOrNo(when=self.when, part=_named(node))

    def _comparison(self, node: nodes.Compare) -> None:
        left = node.expr
        for operand in node.ops:
            if operand.op in ("in", "notin"):
                if not isinstance(operand.expr, nodes.List | nodes.Tuple):
                    raise ConditionForbids(when=self.when, what=Message("'in' without a list"))
                for item in operand.expr.items:
                    self._comparable(left, item, ordered=False)
            else:
                self._comparable(left, operand.expr, ordered=operand.op in _ORDERED)
            left = operand.expr

    def _comparable(self, one: nodes.Node, other: nodes.Node, *, ordered: bool) -> None:
        types = self._value(one), self._value(other)
        if types[0] is not types[1] or (ordered and types[0] is not int):
            raise ConditionCompares(when=self.when, fact=_named(one), value=_named(other), choices=_KINDS[types[0]])
        for fact, value in ((one, other), (other, one)):
            if isinstance(fact, nodes.Getattr) and isinstance(value, nodes.Const):
                choices = FACTS[_named(fact)].choices
                if choices and value.value not in choices:
                    raise ConditionCompares(
                        when=self.when, fact=_named(fact), value=_named(value), choices=", ".join(choices)
                    )

    def _value(self, node: nodes.Node) -> type:
        if isinstance(node, nodes.Const) and isinstance(node.value, str | int):  # bool is an int
            return type(node.value)
        if isinstance(node, nodes.Name | nodes.Getattr):
            if (fact := FACTS.get(_named(node))) is None:
                raise UnknownFact(when=self.when, fact=_named(node), facts=", ".join(FACTS))
            return fact.type
        kind = type(node).__name__
        raise ConditionForbids(when=self.when, what=_WORDS.get(kind, f"'{kind}'"))


def _named(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_named(node.node)}.{node.attr}"
    if isinstance(node, nodes.Name):
        return node.name
    return repr(node.value) if isinstance(node, nodes.Const) else type(node).__name__
