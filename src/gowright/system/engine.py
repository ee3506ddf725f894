"""The template engine: the only module that imports Copier."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from gowright.errors import ISSUES, BadAnswer, ToolError, escape, writing
from gowright.system import copier_patches
from gowright.system.atomic import temp_directory
from gowright.system.signals import deferred_signals

#: The environment variable that disables the patches of Copier. The output is the same.
STOCK_ENGINE_ENV = "GOWRIGHT_STOCK_ENGINE"

#: Answers by question.
Answers = dict[str, Any]

#: What a template consists of; a test template can lack any but copier.yml and template.
PARTS = ("copier.yml", "versions.yml", "template", "choices", "macros", "types")

#: Copier changes process-wide state while it renders: the working directory and the warning filters.
_ONE_AT_A_TIME = threading.RLock()


def render(template: Path, answers: Mapping[str, Any], into: Path) -> Callable[[str], bool]:
    """Render a template folder into a folder.

    Returns:
        A function that reports whether the template never replaces an existing file with this path, as its
        `_skip_if_exists` says.

    Args:
        template: the folder with copier.yml.
        answers: checked answers by question; missing answers are the defaults.
        into: an empty or missing folder.

    Raises:
        ToolError: if the template can't be rendered with these answers.
        OSError: if the result can't be written.
    """
    with _copier_ready(template) as (run_copy, settings, source), _translated():
        worker = run_copy(
            str(source),
            into,
            data=dict(answers),
            settings=settings,
            defaults=True,
            overwrite=True,
            quiet=True,
            cleanup_on_error=False,
        )
        return worker.match_skip if worker.template.skip_if_exists else lambda _path: False


def computed(template: Path, answers: Mapping[str, Any]) -> Answers:
    """All answers to render with: the given ones, defaults, and what the template computes from them.

    Args:
        template: the folder with copier.yml.
        answers: checked answers by question; missing answers are the defaults.

    Raises:
        ToolError: if the template can't be evaluated with these answers.
    """
    with (
        _copier_ready(template, rendering=False) as (run_copy, settings, source),
        temp_directory() as nowhere,
        _translated(),
    ):
        worker = run_copy(
            str(source),
            nowhere / "project",
            data=dict(answers),
            settings=settings,
            defaults=True,
            exclude=["*"],
            pretend=True,
            quiet=True,
        )
    return dict(worker.answers.combined)


def ask(template: Path, given: Mapping[str, Any], suggested: Mapping[str, Any]) -> Answers:
    """Ask, in the terminal, every question of a template that `given` doesn't answer.

    Args:
        template: the folder with copier.yml.
        given: answers that aren't asked for.
        suggested: defaults that override those of the template.

    Returns:
        All answers, including the given ones.

    Raises:
        KeyboardInterrupt: if the user cancels.
        ToolError: if there is no terminal.
    """
    with (
        _copier_ready(template, rendering=False) as (run_copy, settings, source),
        temp_directory() as nowhere,
        _prompts_on_stderr(),
        _translated(),
        _end_of_input(),
    ):
        # Everything is excluded and nothing is written; Copier only asks the questions.
        worker = run_copy(
            str(source),
            nowhere,
            data=dict(given),
            user_defaults=dict(suggested),
            settings=settings,
            exclude=["*"],
            pretend=True,
            quiet=True,
        )
    answers = worker.answers
    return {name: value for name, value in answers.user.items() if name not in answers.hidden}


def ask_lines(question: str, problem: Callable[[list[str]], str]) -> list[str]:
    """Ask for lines, in the terminal, until an empty line.

    Args:
        question: the prompt.
        problem: returns an error in all lines so far, or an empty string.

    Raises:
        KeyboardInterrupt: if the user cancels.
    """
    import questionary

    lines: list[str] = []

    def validate(typed: str) -> bool | str:
        return (problem([*lines, *_lines(typed)]) if typed.strip() else "") or True

    with _prompts_on_stderr():
        while new := _lines(
            questionary.text(question if not lines else "Another?", qmark="?", validate=validate).unsafe_ask()
        ):
            lines.extend(new)
    return lines


def _lines(typed: str) -> list[str]:
    """The nonempty lines; several can be pasted at once."""
    return [line for line in typed.splitlines() if line.strip()]


@contextmanager
def _copier_ready(
    template: Path, *, rendering: bool = True
) -> Iterator[tuple[Callable[..., Any], Any, Path]]:
    """Copier's run_copy, neutral settings, and the folder to render from.

    Args:
        template: the folder with copier.yml.
        rendering: whether files are rendered, and not only answers.
    """
    with deferred_signals():
        # Python sometimes drops an interrupt while it loads a module.
        import copier

    with (
        _ONE_AT_A_TIME,
        warnings.catch_warnings(),
        _faster(rendering=rendering) as patched,
        nullcontext(template) if patched else _plain_folder(template) as source,
    ):
        warnings.simplefilter("ignore")
        # The user's Copier settings could contain other defaults.
        yield copier.run_copy, copier.Settings(), source


@contextmanager
def _plain_folder(template: Path) -> Iterator[Path]:
    """Yield a folder with the template that isn't a repository: Copier would clone one, without uncommitted changes."""
    if not (template / ".git").exists():
        yield template
        return
    with temp_directory() as copies:
        with writing(copies.parent):
            for name in PARTS:
                if (template / name).exists():
                    _copy(template / name, copies / name)
        yield copies


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder. Unlike shutil.copytree, stop at the first error."""
    if source.is_dir() and not source.is_symlink():
        target.mkdir()
        for entry in source.iterdir():
            _copy(entry, target / entry.name)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


@contextmanager
def _prompts_on_stderr() -> Iterator[None]:
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.output import create_output

    with create_app_session(output=create_output(stdout=sys.stderr)):
        yield


@contextmanager
def _faster(*, rendering: bool) -> Iterator[bool]:
    """Run the block with the patches, if this version of Copier was tested with them. Yield whether it was.

    With them, Copier takes a repository for the plain folder that it is.
    """
    import copier
    import jinja2

    release = tuple(copier.__version__.split(".")[:2])
    if os.environ.get(STOCK_ENGINE_ENV) or release not in {("9", "19")}:
        yield False
        return
    import yaml
    from copier import _template
    from copier._jinja_ext import SandboxedEnvironment, get_yield_context
    from copier._main import Worker

    def forget_yield(environment: Any) -> None:
        context = get_yield_context(environment)
        context.yield_name = context.yield_iterable = None

    parts = copier_patches.Engine(Worker, SandboxedEnvironment, forget_yield, _template, yaml)
    compiled = copier_patches.Compiled(f"{copier.__version__}-{jinja2.__version__}")
    with copier_patches.patched(parts, compiled, rendering=rendering):
        yield True


@contextmanager
def _end_of_input() -> Iterator[None]:
    """Treat the end of the input at a terminal as an interrupt. Copier reports a missing terminal."""
    from copier.errors import InteractiveSessionError

    try:
        yield
    except InteractiveSessionError as error:
        if not sys.stdin.isatty():
            raise
        raise KeyboardInterrupt from error


#: Copier's message about an answer that the validator of its question refuses.
_REFUSED = re.compile(r"Validation error for question '(\w+)': (.+)")

#: Copier's message about a question without an answer and a default.
_MISSING = re.compile(r"Question \"(\w+)\" is required")


@contextmanager
def _translated() -> Iterator[None]:
    """Convert errors of Copier, which have many classes, into ToolErrors."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        # Copier's subclass is also a CopierError.
        raise KeyboardInterrupt from interrupt
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # a file system error; some errors of Jinja are OSErrors without a number
        message = next(iter(str(error).strip().splitlines()), "")
        if refused := _REFUSED.fullmatch(message):
            question, why = refused.groups()
            raise BadAnswer(
                "answers-conflict",
                f"the answer to {question} does not fit the other answers",
                why=why,
                fix="change one of them",
            ) from error
        if missing := _MISSING.fullmatch(message):
            raise BadAnswer(
                "answer-missing",
                f"the question {missing[1]} has no answer",
                why="the template has no default for it",
                fix=f"pass --data {missing[1]}=VALUE",
            ) from error
        raise ToolError(
            "render-failed",
            "the template cannot be rendered with these answers",
            why=escape(f"{type(error).__name__}: {message}" if message else type(error).__name__, 300),
            fix=f"report it, with the answers, at {ISSUES}",
        ) from error
