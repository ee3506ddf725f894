"""Names: the case that each language expects, and reserved names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache

from pluralizer import Pluralizer

from gowright.system.builtin import builtin_root
from gowright.system.yaml_files import read_yaml

#: The maximum length of a name: identifiers in PostgreSQL have at most 63 bytes.
MAX_LENGTH = 60

_LETTERS = re.compile(r"[a-z]+")

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

#: A value of an enum, such as in-progress.
ENUM_VALUE = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")

#: Fields that every resource has.
OWN_FIELDS = frozenset("id owner_id version created_at updated_at".split())

#: System columns of every PostgreSQL table.
SYSTEM_COLUMNS = frozenset("tableoid xmin cmin xmax cmax ctid".split())

#: Query parameters that every list has.
OWN_PARAMETERS = frozenset("limit cursor sort q total".split())

#: Plurals that differ from those of the library, which are `indices`, `schemata`, `viri` and `lens`.
IRREGULAR_PLURALS = {
    "bias": "biases",
    "cache": "caches",
    "focus": "focuses",
    "index": "indexes",
    "lens": "lenses",
    "schema": "schemas",
    "sku": "skus",
    "virus": "viruses",
}

#: Latin plurals that are used as singulars in English.
UNCOUNTABLE = frozenset({"data", "media", "metadata"})

#: Go builds a file with such a suffix only on that system.
_SYSTEMS = frozenset(
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 "
    "solaris wasip1 windows zos".split()
)
_ARCHITECTURES = frozenset(
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 "
    "mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split()
)


@cache
def initialisms() -> frozenset[str]:
    """The words that Go writes in one case, such as `api`."""
    return frozenset(read_yaml(builtin_root() / "macros" / "initialisms.yml"))


def exported(name: str) -> str:
    """The exported Go name: `api_key_ids` is `APIKeyIDs`. Values of enums can have dashes."""
    return "".join(_go_word(word) for word in name.lower().replace("-", "_").split("_"))


def unexported(name: str) -> str:
    """The unexported Go name: `api_key_ids` is `apiKeyIDs`."""
    first, _, rest = name.lower().partition("_")
    return first + (exported(rest) if rest else "")


def _go_word(word: str) -> str:
    letters = _LETTERS.match(word)
    stem = letters[0] if letters else ""
    for initialism in (word, stem, stem.removesuffix("s")):
        if initialism in initialisms():
            return initialism.upper() + word[len(initialism) :]
    return word.capitalize()


def plural(name: str) -> str:
    """The English plural of a snake_case name; only the last word changes."""
    head, underscore, last = name.rpartition("_")
    return f"{head}{underscore}{_english().plural(last)}"


def singular(name: str) -> str:
    """The English singular of a plural in snake_case."""
    head, underscore, last = name.rpartition("_")
    return f"{head}{underscore}{_english().singular(last)}"


def is_plural(name: str) -> bool:
    """Report whether a name is a regular plural: `orders`, but not `status`."""
    last = name.rpartition("_")[2]
    return _english().is_plural(last) and not _english().is_singular(last)


def build_constraint(name: str) -> str:
    """Return the suffix of a Go file name that excludes the file from most builds; empty if there is none.

    `price_windows.go` is built on Windows only, and `price_test.go` is built for tests only.
    """
    words = name.split("_")[1:]
    last = words[-1] if words else ""
    return f"_{last}" if last == "test" or last in _SYSTEMS | _ARCHITECTURES else ""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """A suffix for a message that names the nearest known word; empty if none is near."""
    near = nearest(wrong, known)
    return f"; did you mean {near}?" if near else ""


def nearest(wrong: str, known: Iterable[str]) -> str:
    """The nearest known word; empty if none is near."""
    return next(iter(difflib.get_close_matches(wrong[:100], sorted(known), n=1)), "")


@cache
def _english() -> Pluralizer:
    """The rules of English, with the words that software spells in another way or that the rules get wrong."""
    english = Pluralizer()
    for one, many in IRREGULAR_PLURALS.items():
        english.add_irregular_rule(one, many)
    for word in UNCOUNTABLE:
        english.add_uncountable_rule(word)
    return english
