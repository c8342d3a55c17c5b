"""Terraform's language, read into blocks, attributes and calls. Pure.

The parser is python-hcl2's. Who relies on what is read here must not be led astray by a text that Terraform reads in
another way, so the few places where the two could differ (escapes, text blocks) are refused unless they are plain.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hcl2 import parses_to_tree
from lark import Token, Tree
from lark.exceptions import LarkError, UnexpectedInput, VisitError

MOST_CHARACTERS = 256 * 1024
_HEREDOC = re.compile(r"<<-?(?P<marker>[A-Za-z][\w.-]*)\r?\n(?P<body>.*)\n\s*(?P=marker)\s*", re.DOTALL)
#: What stands in a text block between braces may hold quoted words, and neither braces nor line ends.
_PLAIN_INSERT = re.compile(r'(?<![$%])([$%])\{~?((?:[^{}"\n<]|"[^"\n{}\\]*")*?)~?\}')
_ANY_INSERT = re.compile(r"(?<![$%])[$%]\{")
_PLAIN_ESCAPE = re.compile(r'(?:\$\$|%%)\{[^"\n${}%]*\}')

Node = Tree[Token]


class HclProblem(Exception):
    """A text that is not Terraform's language, or that could be read in two ways."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message, self.line = message, line


@dataclass(frozen=True)
class Attribute:
    """``name = expression``."""

    name: str
    line: int
    expression: Node

    @property
    def text(self) -> str | None:
        """The value, when it is a quoted text without anything inserted; else None."""
        return plain_text(self.expression)


@dataclass(frozen=True)
class Call:
    """A function that is called, with its arguments."""

    name: str
    line: int
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Block:
    """``kind "label" "label" { … }``; a whole file is a block without kind."""

    kind: str
    labels: tuple[str, ...]
    line: int
    node: Node

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Its own attributes, not those of the blocks in it."""
        found = [_attribute(node) for node in _children(self.node, "attribute")]
        return {attribute.name: attribute for attribute in found}

    @cached_property
    def blocks(self) -> tuple["Block", ...]:
        """The blocks directly in it."""
        return tuple(_block(node) for node in _children(self.node, "block"))

    def all_blocks(self) -> Iterator["Block"]:
        """The blocks in it, however deep."""
        for block in self.blocks:
            yield block
            yield from block.all_blocks()

    def calls(self) -> Iterator[Call]:
        """The functions that anything in it calls."""
        for tree in (self.node, *_inserted(self.node)):
            yield from (_call(node) for node in tree.find_data("function_call"))


def read(text: str) -> Block:
    """``text`` as a block; HclProblem with its line."""
    if len(text) > MOST_CHARACTERS:
        raise HclProblem(f"It is longer than {MOST_CHARACTERS // 1024} KB.", 1)
    if odd := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]", text):
        raise HclProblem("It holds a control character.", text.count("\n", 0, odd.start()) + 1)
    tree = _parsed(text)
    for token in tree.scan_values(lambda value: isinstance(value, Token)):
        _refuse_what_reads_twice(token)
    return Block("", (), 1, next(_children(tree, "body")))


def check_template(text: str) -> list[Call]:
    """The functions that a text for ``templatefile`` calls; HclProblem unless what is inserted in it is plain."""
    return [call for tree in _inserts(text, 1) for call in map(_call, tree.find_data("function_call"))]


def plain_text(expression: Node) -> str | None:
    """A quoted text without anything inserted and without escapes; None for every other expression."""
    string = _only(expression, "string")
    if string is None:
        return None
    parts = [part.children[0] for part in _children(string, "string_part")]
    if not all(isinstance(part, Token) and part.type == "STRING_CHARS" and "\\" not in part for part in parts):
        return None
    return "".join(map(str, parts))


def in_module(expression: Node) -> str | None:
    """The rest of ``"${path.module}/rest"``, or empty for ``path.module`` itself; None for every other expression."""
    if reference(expression) == "path.module":
        return ""
    string = _only(expression, "string")
    parts = [part.children[0] for part in _children(string, "string_part")] if string is not None else []
    if not parts or not isinstance(parts[0], Tree) or parts[0].data != "interpolation":
        return None
    inner = [child for child in parts[0].children if isinstance(child, Tree)]
    rest = parts[1:]
    plain = all(isinstance(part, Token) and part.type == "STRING_CHARS" and "\\" not in part for part in rest)
    if len(inner) != 1 or reference(inner[0]) != "path.module" or not plain:
        return None
    return "".join(map(str, rest))


def reference(expression: Node) -> str | None:
    """``a.b`` of an expression that is nothing but a name; None for every other."""
    if expression.data not in {"expr_term", "get_attr_expr_term", "identifier", "get_attr"}:
        return None
    words = [str(token) for token in expression.scan_values(lambda value: isinstance(value, Token))]
    kinds = {tree.data for tree in expression.iter_subtrees()}
    if not kinds <= {"expr_term", "get_attr_expr_term", "identifier", "get_attr"} or "(" in words:
        return None
    return "".join(words)


def fields_of(expression: Node) -> dict[str, Node]:
    """The values of an object by their keys; empty for every other expression."""
    node = _only(expression, "object")
    found = {}
    for element in _children(node, "object_elem") if node is not None else ():
        trees = [child for child in element.children if isinstance(child, Tree)]
        key = trees[0].children[0]
        name = (plain_text(key) or reference(key)) if isinstance(key, Tree) else str(key)
        found[name or ""] = trees[-1]
    return found


def line_of(node: Node) -> int:
    """Where an expression begins."""
    return int(getattr(node.meta, "line", 1))


def _parsed(text: str) -> Node:
    try:
        tree: Node = parses_to_tree(text)
    except UnexpectedInput as error:
        raise HclProblem("Not valid HCL.", max(error.line, 1)) from None
    except (LarkError, VisitError, RecursionError):
        raise HclProblem("Not valid HCL.", 1) from None
    return tree


def _refuse_what_reads_twice(token: Token) -> None:
    line = int(token.line or 1)
    if token.type in {"ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"} and not _PLAIN_ESCAPE.fullmatch(token):
        raise HclProblem("$${ and %%{ may be followed by words and a closing brace only.", line)
    if token.type == "TEMPLATE_STRING":
        raise HclProblem("Quotes within quotes need no backslash between braces.", line)
    if token.type.startswith("HEREDOC"):
        _body_of(token)


def _body_of(token: Token) -> str:
    """The text of a text block, which must end where its marker first stands alone on a line."""
    found, line = _HEREDOC.fullmatch(token), int(token.line or 1)
    if found is None:
        raise HclProblem("The text block has no plain end.", line)
    marker, body = found["marker"], found["body"]
    if any(each.strip() == marker for each in body.split("\n")):
        raise HclProblem(f"{marker} stands on a line of its own before the end of the text block.", line)
    return body


def _inserted(node: Node) -> Iterator[Node]:
    """What is inserted in the text blocks below ``node``, each as a tree."""
    for token in node.scan_values(lambda value: isinstance(value, Token) and value.type.startswith("HEREDOC")):
        yield from _inserts(_body_of(token), int(token.line or 1) + 1)


def _inserts(text: str, line: int) -> Iterator[Node]:
    if len(_ANY_INSERT.findall(text)) != len(_PLAIN_INSERT.findall(text)) or re.search(r"\$\$\$|%%%", text):
        raise HclProblem("Between ${ and } of a longer text may stand a short expression on one line.", line)
    for found in _PLAIN_INSERT.finditer(text):
        words = found[2].strip()
        at = line + text.count("\n", 0, found.start())
        if found[1] == "%":
            words = re.sub(r"^(?:if\b|for\s+\w+(?:\s*,\s*\w+)?\s+in\b)|^(?:else|endif|endfor)$", "", words).strip()
        if words:
            yield _expression(words, at)


def _expression(words: str, line: int) -> Node:
    try:
        return _parsed("\n" * (line - 1) + f"x = ({words})\n")
    except HclProblem:
        raise HclProblem("Not a valid expression between ${ and }.", line) from None


def _children(node: Node, data: str) -> Iterator[Node]:
    return (child for child in node.children if isinstance(child, Tree) and child.data == data)


def _only(expression: Node, data: str) -> Node | None:
    """The single ``data`` that ``expression`` is, without parentheses around it."""
    if expression.data == data:
        return expression
    if expression.data != "expr_term" or len(expression.children) != 1:
        return None
    child = expression.children[0]
    return child if isinstance(child, Tree) and child.data == data else None


def _attribute(node: Node) -> Attribute:
    trees = [child for child in node.children if isinstance(child, Tree)]
    return Attribute(str(trees[0].children[0]), line_of(node), trees[-1])


def _block(node: Node) -> Block:
    head = [child for child in node.children if isinstance(child, Tree) and child.data != "body"]
    labels = [_label(child, line_of(node)) for child in head if child.data != "new_line_or_comment"]
    body = next(_children(node, "body"))
    return Block(labels[0], tuple(labels[1:]), line_of(node), body)


def _label(node: Node, line: int) -> str:
    text = plain_text(node) if node.data == "string" else str(node.children[0])
    if text is None:
        raise HclProblem("A label is a plain name.", line)
    return text


def _call(node: Node) -> Call:
    names = [str(child.children[0]) for child in _children(node, "identifier")]
    arguments = [
        child
        for each in _children(node, "arguments")
        for child in each.children
        if isinstance(child, Tree) and child.data != "new_line_or_comment"
    ]
    return Call("::".join(names), line_of(node), tuple(arguments))
