"""What Terraform files require and call, read without Terraform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from pathlib import Path

_CALL = re.compile(r'^module "(\w+)" \{\n(.*?)^\}', re.M | re.S)
_SOURCE = re.compile(r'^  source += "(\./[\w./-]+)"$', re.M)
_ARGUMENT = re.compile(r"^  (\w+) += (.+)$", re.M)
_REFERENCE = re.compile(r"(var|local|module\.\w+)\.(\w+)")
#: An attribute of an object, such as { id = module.network.id }.
_ATTRIBUTE = re.compile(r"(?<=[{,]) (\w+) = ((?:var|local|module\.\w+)\.\w+)(?=[, ])")
_LOCALS = re.compile(r"^locals \{\n(.*?)^\}", re.M | re.S)
_PROVIDERS = re.compile(r"^  required_providers \{\n(.*?)^  \}", re.M | re.S)
_PROVIDER = re.compile(r"^    ([\w-]+) = \{\n(.*?)^    \}", re.M | re.S)
_LOCKED = re.compile(r'^provider "[\w.-]+/([\w-]+/[\w-]+)" \{', re.M)
#: Names of outputs that mean something only together with the name of their module.
_GENERAL = frozenset({"arn", "id", "name", "number", "url"})


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a module can get.

    Attributes:
        place: where it comes from: var, local, or a module, such as module.network.
        name: its name there.
    """

    place: str
    name: str

    @property
    def names(self) -> frozenset[str]:
        """The names of the inputs that it's for."""
        module = self.place.removeprefix("module.")
        if module == self.place:
            return frozenset({self.name})
        whole = {module} if self.name in ("id", "name") else set()
        return frozenset({f"{module}_{self.name}", *whole, *({self.name} - _GENERAL)})

    def __str__(self) -> str:
        return f"{self.place}.{self.name}"


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a module, or an attribute of one.

    Attributes:
        module: the module.
        name: the name of the input or the attribute.
        whole: the input that the attribute belongs to; empty for an input.
        value: what it gets.
    """

    module: str
    name: str
    whole: str
    value: Value

    @property
    def names(self) -> frozenset[str]:
        """The names of the values that are for it."""
        return frozenset(
            {f"{self.whole}_{self.name}"} if self.whole else {self.name, f"{self.module}_{self.name}"}
        )

    def __str__(self) -> str:
        return ".".join(filter(None, ("module", self.module, self.whole, self.name)))


class Configuration:
    """The files of a configuration, without those of the modules that it calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._text = _text(folder)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs that get a value as it is. Other expressions can combine values of any name."""
        found = []
        for module, block in _CALL.findall(self._text):
            for name, expression in _ARGUMENT.findall(block):
                if match := _REFERENCE.fullmatch(expression):
                    found.append(Input(module, name, "", Value(*match.groups())))
                elif expression.startswith("{"):
                    found += [
                        Input(module, attribute, name, Value(*reference.rsplit(".", 1)))
                        for attribute, reference in _ATTRIBUTE.findall(expression)
                    ]
        return tuple(found)

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The variables, the locals, and the outputs of the modules."""
        found = [Value("var", name) for name in _declared("variable", self._text)]
        for block in _LOCALS.findall(self._text):
            found += [Value("local", name) for name, _ in _ARGUMENT.findall(block)]
        for module, block in _CALL.findall(self._text):
            if source := _SOURCE.search(block):
                outputs = _declared("output", _text(self._folder / source[1]))
                found += [Value(f"module.{module}", name) for name in outputs]
        return tuple(found)


def swapped(inputs: Sequence[Input], values: Sequence[Value]) -> Iterator[str]:
    """Yield the pairs of inputs of which one has the value that is for the other one.

    An input whose value has another name is no mistake as long as no other input misses that value.

    Args:
        inputs: the inputs.
        values: all values that they can get.
    """
    fitting = {each: _fitting(each, values) for each in inputs}
    for one, other in permutations(inputs, 2):
        if one.value in fitting[other] - fitting[one] and other.value not in fitting[other]:
            yield f"{one} gets {one.value}, which is for {other}"


def _fitting(each: Input, values: Sequence[Value]) -> frozenset[Value]:
    """The values that are for an input."""
    possible = [value for value in values if value.place != f"module.{each.module}"]
    if exact := [value for value in possible if value.names & each.names]:
        return frozenset(exact)
    names = each.names | ({each.name} if each.whole else set())
    return frozenset(value for value in possible if any(_similar(a, b) for a in value.names for b in names))


@dataclass(frozen=True, slots=True)
class Requirement:
    """A provider that a configuration or a module requires.

    Attributes:
        path: the file.
        source: the source of the provider, such as hashicorp/random.
        version: the versions that are allowed; empty for all.
    """

    path: Path
    source: str
    version: str

    @property
    def bounded(self) -> bool:
        """Report whether a later major version is not allowed."""
        return any(
            each.strip()[:1] in tuple("~=<0123456789") for each in self.version.split(",") if each.strip()
        )


def requirements(folder: Path) -> list[Requirement]:
    """The providers that a configuration and the modules in its folder require."""
    return [
        Requirement(path, _setting("source", body) or f"hashicorp/{name}", _setting("version", body))
        for path in sorted(folder.rglob("*.tf"))
        for block in _PROVIDERS.findall(path.read_text(encoding="utf-8"))
        for name, body in _PROVIDER.findall(block)
    ]


def locked(lock_file: Path) -> set[str]:
    """The sources of the providers in a lock file."""
    return set(_LOCKED.findall(lock_file.read_text(encoding="utf-8")))


def _setting(name: str, block: str) -> str:
    found = re.search(rf'^ +{name} += "([^"]*)"', block, re.M)
    return found[1] if found else ""


def _similar(one: str, other: str) -> bool:
    """Report whether a name is a part of another one: secrets and secrets_account, or emails and alert_emails."""
    short, long = sorted((one, other), key=len)
    return short == long or long.endswith(f"_{short}") or long.startswith(f"{short}_")


def _declared(kind: str, text: str) -> list[str]:
    return re.findall(rf'^{kind} "(\w+)"', text, re.M)


def _text(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf")))
