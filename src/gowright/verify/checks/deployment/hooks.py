"""The git hooks."""

from __future__ import annotations

from dataclasses import dataclass, field

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import hooks as has_hooks
from gowright.verify.children.processes import Finished
from gowright.verify.harness.clone import Clone
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed

_HEAD = "// Package bad breaks a rule.\npackage bad\n"
_SUM_OF_THREE = (
    "// Package sum adds numbers.\npackage sum\n\n"
    "// Of returns the sum of three numbers.\nfunc Of(a, b, c int) int { return a + b + c }\n"
)
_GOOD = {"internal/sum/zero.go": "package sum\n\n// Zero is neutral.\nconst Zero = 0\n"}
_MESSAGE = "feat(sum): add the neutral number"


@dataclass(frozen=True, slots=True)
class _Bad:
    """A commit that breaks one rule.

    Attributes:
        rule: what it breaks.
        told: what the refusal mentions.
        files: the content of its files, by path.
        message: its message.
    """

    rule: str
    told: str
    files: dict[str, str] = field(default_factory=dict)
    message: str = _MESSAGE


_BAD = (
    _Bad("the message", "Conventional Commits", {"NOTES.md": "Zero.\n"}, "Add the neutral number"),
    _Bad("the format", "var Two = 2", {"bad/bad.go": f"{_HEAD}\n// Two is even.\nvar   Two = 2\n"}),
    # Another package doesn't compile anymore.
    _Bad("go vet", "not enough arguments in call", {"internal/sum/sum.go": _SUM_OF_THREE}),
    _Bad("the linters", "is unused", {"bad/bad.go": f"{_HEAD}\nfunc nobody() {{}}\n"}),
    # In two parts, so that no search for secrets finds it here.
    _Bad("secrets", "RuleID", {"deploy.env": "TOKEN=ghp_" + "016C7e8b5F2dE9aC4f3B1d7E6a5c8B9d2F4E\n"}),
    _Bad("conflict markers", "resolve these conflicts", {"NOTES.md": f"{'<' * 7} HEAD\n"}),
    _Bad("large files", "the limit is", {"blob.txt": "0123456789abcdef" * 2**17}),
)  # fmt: skip

_BROKEN_TEST = {
    "internal/sum/broken_test.go": "package sum\n\n"
    'import "testing"\n\nfunc TestZero(t *testing.T) { t.Fatal("zero is broken") }\n'
}


@check(
    "hooks", "the git hooks refuse bad commits and accept good ones", when=has_hooks, reads=Reads.DEPLOYMENT
)
def hooks(harness: Harness) -> str:
    """The hooks run in a scratch clone, with a small module instead of the code of the project."""
    # The choice is the name of the program.
    names = (harness.project.choices["hooks"], "git", "make", "golangci-lint", "gitleaks")
    clone = Clone(harness, *(find_tool(name) for name in names))
    installed = clone.run("make", "hooks")
    if installed.exit_code != 0:
        raise Failed(f"make hooks:\n{installed.output}", "make hooks")

    for bad in _BAD:
        done = clone.commit(bad.files, bad.message)
        if done.exit_code == 0:
            raise Failed(f"a commit passes that breaks a rule: {bad.rule}")
        if bad.told not in done.output:
            raise Failed(f"the refusal of a commit that breaks {bad.rule} lacks {bad.told!r}:\n{done.output}")
    _expect_success("a good commit is refused", clone.commit(_GOOD, _MESSAGE))
    _expect_success("a good push is refused", clone.git("push", "--quiet", "origin", "HEAD:main"))

    clone.commit(_BROKEN_TEST, _MESSAGE, "--no-verify")
    if clone.git("push", "--quiet", "origin", "HEAD:main").exit_code == 0:
        raise Failed("a push passes although a test fails")
    return f"{len(_BAD)} bad commits and a bad push refused"


def _expect_success(what: str, done: Finished) -> None:
    if done.exit_code != 0:
        raise Failed(f"{what}:\n{done.output}")
