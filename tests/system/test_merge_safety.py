"""Conditions under which a project is changed, and repositories of many kinds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gowright.commands.change_options import Options
from gowright.commands.update import update
from gowright.errors import ToolError
from gowright.model.ledger import Fate
from gowright.system.merge.repository import Repository
from tests.projects import COPIER_YML, FILES, Template, git, identify, save, write

README = str(FILES["template/README.md"])
NEW_README = "the template's new first line\n" + README


@pytest.fixture
def template(tmp_path: Path) -> Template:
    """Two releases: the second changes the README, adds a file, and deletes one."""
    return Template.create(
        tmp_path / "template",
        {"template/old.txt": "old\n"},
        {"template/README.md": NEW_README, "template/new.txt": "new\n", "template/old.txt": None},
    )


@pytest.fixture
def project(template: Template, tmp_path: Path) -> Path:
    return template.project(tmp_path / "project")


def state(project: Path) -> dict[str, object]:
    """Everything of a project, also its index and its commits."""
    files = {
        path.relative_to(project).as_posix(): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in project.rglob("*")
        if (path.is_file() or path.is_symlink()) and ".git" not in path.relative_to(project).parts
    }
    return files | {"index": git(project, "ls-files", "--stage"), "head": git(project, "rev-parse", "HEAD")}


def refused(project: Path, code: str, **options: object) -> ToolError:
    """Check that an update is refused, and touches nothing."""
    before = state(project)
    with pytest.raises(ToolError) as error:
        update(project, options=Options(**options))  # type: ignore[arg-type]
    assert error.value.code == code, error.value.what
    assert error.value.fix
    assert state(project) == before
    return error.value


def updated(project: Path) -> bool:
    return (project / "README.md").read_text().startswith("the template's") and (project / "new.txt").exists()


def test_undo_restores_the_project(project: Path) -> None:
    before = state(project)
    ledger = update(project)
    assert updated(project)
    assert not (project / "old.txt").exists()
    subprocess.run(ledger.undo, shell=True, cwd=project, check=True, capture_output=True)
    assert state(project) == before


def test_a_dry_run_tells_the_same_and_touches_nothing(project: Path) -> None:
    before = state(project)
    told = update(project, options=Options(dry_run=True, patch=True))
    assert state(project) == before
    assert not (project / ".git" / "gowright").exists()
    assert told.lines == update(project).lines
    git(project, "reset", "--hard")
    (project.parent / "patch").write_bytes(told.patch)
    git(project, "apply", "--index", str(project.parent / "patch"))
    assert updated(project)


@pytest.mark.parametrize("staged", [True, False])
def test_uncommitted_changes_are_refused(project: Path, staged: bool) -> None:
    write(project, {"README.md": "mine\n"})
    if staged:
        git(project, "add", ".")
    assert "README.md" in refused(project, "uncommitted-changes").why


def test_untracked_files_are_no_obstacle(project: Path) -> None:
    write(project, {"scratch.txt": "mine\n"})
    update(project)
    assert updated(project)
    assert (project / "scratch.txt").read_text() == "mine\n"


@pytest.mark.parametrize("path", ["new.txt", "new.txt/mine"])
@pytest.mark.parametrize("ignored", [True, False])
def test_a_file_in_the_way_is_refused(project: Path, path: str, ignored: bool) -> None:
    if ignored:
        (project / ".git" / "info").mkdir(exist_ok=True)
        (project / ".git" / "info" / "exclude").write_text("new.txt\n")
    write(project, {path: "mine\n"})
    refused(project, "file-in-the-way")


def test_a_link_in_the_way_is_refused(template: Template, tmp_path: Path) -> None:
    template.release("v3.0.0", {"template/folder/file": "x\n"})
    project = template.project(tmp_path / "project")
    (tmp_path / "elsewhere").mkdir()
    (project / "folder").symlink_to(tmp_path / "elsewhere")
    refused(project, "file-in-the-way")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_an_unfinished_merge_is_refused(project: Path) -> None:
    git(project, "switch", "--create", "side")
    save(project, {"README.md": "side\n"})
    git(project, "switch", "main")
    save(project, {"README.md": "main\n"})
    git(project, "merge", "side", ok=False)
    assert "merge --abort" in refused(project, "operation-unfinished").fix
    git(project, "merge", "--abort")
    git(project, "cherry-pick", "side", ok=False)
    assert "cherry-pick --abort" in refused(project, "operation-unfinished").fix
    git(project, "cherry-pick", "--abort")
    git(project, "rebase", "side", ok=False)
    assert "rebase --abort" in refused(project, "operation-unfinished").fix


def test_unmerged_files_are_refused(project: Path) -> None:
    save(project, {"README.md": "mine\n" + README})
    git(project, "stash", "list")
    write(project, {"README.md": "other\n" + README})
    git(project, "stash")
    save(project, {"README.md": "third\n" + README})
    git(project, "stash", "pop", ok=False)
    assert "conflicts" in refused(project, "uncommitted-changes").what


def test_a_running_git_is_refused(project: Path) -> None:
    (project / ".git" / "index.lock").touch()
    with pytest.raises(ToolError, match="another Git command"):
        update(project)


def test_two_runs_at_once_are_refused(project: Path) -> None:
    with Repository.of(project).locked():
        refused(project, "already-running")
    update(project)


def test_a_folder_outside_of_a_repository_is_refused(template: Template, tmp_path: Path) -> None:
    project = template.project(tmp_path / "bare", commit=False)
    with pytest.raises(ToolError) as error:
        update(project)
    assert error.value.code == "not-a-repository"


def test_a_project_without_a_commit_is_refused(template: Template, tmp_path: Path) -> None:
    project = template.project(tmp_path / "bare", commit=False)
    git(project, "init")
    with pytest.raises(ToolError) as error:
        update(project)
    assert error.value.code == "not-committed"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("a: [", "bad-answers-file"),
        ("- a\n", "bad-answers-file"),
        ("a: b\n", "bad-answers-file"),
        ("_commit: v1.0.0\n_src_path: ../template\n", "bad-answers-file"),
        ("_commit: v1.5.0\n_src_path: {template}\n", "template-unreachable"),
        ("_commit: v1.0.0\n_src_path: /missing\n", "template-unreachable"),
        ("<<<<<<< yours\n", "bad-answers-file"),
        (None, "not-a-project"),
    ],
)
def test_bad_answers_files_are_refused(
    project: Path, template: Template, content: str | None, code: str
) -> None:
    content = content and content.replace("{template}", str(template.root))
    save(project, {".copier-answers.yml": content})
    refused(project, code)


@pytest.mark.parametrize(
    "setting", ["_tasks: [touch x]", "_migrations: [{command: x}]", "_jinja_extensions: [a.b]"]
)
def test_templates_that_run_programs_are_refused(template: Template, project: Path, setting: str) -> None:
    template.release("v3.0.0", {"copier.yml": f"{COPIER_YML}{setting}\n"})
    assert setting.partition(":")[0] in refused(project, "template-runs-programs").what


def test_a_project_in_a_folder_of_a_repository(template: Template, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "mono")
    mono = tmp_path / "mono"
    identify(mono)
    write(mono, {"other/README.md": README, ".gitattributes": "*.md -text\n"})
    project = template.project(mono / "services" / "shop", commit=False)
    save(mono)
    save(project, {"README.md": README + "mine\n"})
    write(mono, {"other/README.md": "uncommitted\n"})
    ledger = update(project)
    assert updated(project)
    assert (project / "README.md").read_text().endswith("mine\n")
    assert (mono / "other/README.md").read_text() == "uncommitted\n"
    subprocess.run(ledger.undo, shell=True, cwd=project, check=True)
    assert git(mono, "status", "--porcelain").split() == ["M", "other/README.md"]
    refused(project, "uncommitted-changes", commit=True)


def test_a_project_in_a_linked_work_tree(project: Path, tmp_path: Path) -> None:
    git(project, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    update(tmp_path / "linked")
    assert updated(tmp_path / "linked")
    assert not (project / "new.txt").exists()
    assert not git(project, "status", "--porcelain")


def test_a_check_out_with_crlf(project: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", "project", "windows")
    windows = tmp_path / "windows"
    assert b"\r\n" in (windows / "README.md").read_bytes()
    identify(windows)
    save(windows, {"README.md": README.replace("\n", "\r\n") + "mine\r\n"})
    ledger = update(windows)
    assert not ledger.conflicts
    assert ledger.paths(Fate.MERGED) == ["README.md"]
    content = (windows / "README.md").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") == 22
    assert (windows / "new.txt").read_bytes() == b"new\r\n"
    git(windows, "commit", "--quiet", "--message", "update")
    assert not git(windows, "status", "--porcelain")


def test_executable_bits_of_both_sides(template: Template, tmp_path: Path) -> None:
    (template.root / "template" / "main.go").chmod(0o755)
    template.release("v3.0.0", {"template/run.sh": "#!/bin/sh\necho\n"})
    project = template.project(tmp_path / "project")
    (project / "README.md").chmod(0o755)
    save(project)
    update(project)
    assert all(os.access(project / name, os.X_OK) for name in ("README.md", "main.go", "run.sh"))
    assert "echo" in (project / "run.sh").read_text()


def test_links_of_both_sides(template: Template, tmp_path: Path) -> None:
    (template.root / "template" / "link").symlink_to("main.go")
    write(template.root, {"copier.yml": f"{COPIER_YML}_preserve_symlinks: true\n"})
    template.release("v3.0.0", {"template/main.go": "package changed\n"})
    project = template.project(tmp_path / "project")
    (project / "README.md").unlink()
    (project / "README.md").symlink_to("run.sh")
    (project / "main.go").unlink()
    (project / "main.go").symlink_to("run.sh")
    save(project)
    ledger = update(project)
    assert (project / "link").readlink() == Path("main.go")
    assert (project / "README.md").readlink() == Path("run.sh")
    assert ledger.conflicts == ["README.md", "main.go"]
    assert (project / "main.go").readlink() == Path("run.sh")
    git(project, "checkout", "--theirs", "main.go")
    assert (project / "main.go").read_text() == "package changed\n"


def test_a_folder_in_the_place_of_a_file(template: Template, tmp_path: Path) -> None:
    template.release(
        "v3.0.0", {"template/main.go": None, "template/main.go/x.go": "x\n", "template/docs": "file\n"}
    )
    project = template.project(tmp_path / "project")
    save(project, {"main.go": "mine\n", "docs/a.md": "mine\n"})
    ledger = update(project)
    assert (project / "docs" / "a.md").read_text() == "mine\n"
    assert (project / "docs~template").read_text() == "file\n"
    assert (project / "main.go" / "x.go").read_text() == "x\n"
    assert ledger.conflicts == ["docs~template"]
    assert ledger.paths(Fate.REMOVED_EDITED) == ["main.go"]
    subprocess.run(ledger.undo, shell=True, cwd=project, check=True, capture_output=True)
    assert not git(project, "status", "--porcelain", "--untracked-files=all")


def test_paths_that_are_not_utf_8(template: Template, project: Path) -> None:
    strange = os.fsdecode(b"caf\xe9 \xff\n.txt")
    save(project, {strange: "mine\n", "ünï 'q\" *.txt": "mine\n"})
    update(project)
    assert updated(project)
    assert (project / strange).read_text() == "mine\n"


def test_submodules_stay(template: Template, project: Path, tmp_path: Path) -> None:
    git(project, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(template.root), "lib")
    save(project)
    write(project, {"lib/untracked": "x", "lib/copier.yml": "dirty"})
    update(project)
    assert updated(project)
    assert (project / "lib" / "copier.yml").read_text() == "dirty"


def test_hooks_and_signing_do_not_get_in_the_way(project: Path) -> None:
    for name in ("pre-commit", "post-checkout", "commit-msg", "post-index-change"):
        hook = project / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\ntouch hook-ran\nexit 1\n")
        hook.chmod(0o755)
    for key, value in (("commit.gpgSign", "true"), ("gpg.program", "false"), ("rerere.enabled", "true")):
        git(project, "config", key, value)
    update(project)
    assert updated(project)
    assert not (project / "hook-ran").exists()


def test_settings_of_the_user_change_nothing(project: Path) -> None:
    settings = {
        "merge.conflictStyle": "merge", "merge.renames": "false", "diff.renames": "false", "diff.noprefix": "true",
        "core.fsmonitor": "true", "core.untrackedCache": "true", "core.splitIndex": "true", "diff.external": "false",
        "submodule.recurse": "true", "status.showUntrackedFiles": "all", "core.quotePath": "true", "color.ui": "always",
        "status.relativePaths": "true", "merge.ff": "only", "core.compression": "9", "core.excludesFile": "/dev/null",
    }  # fmt: skip
    save(project, {"README.md": "mine\n" + README})
    git(project, "mv", "main.go", "renamed.go")
    save(project)
    for key, value in settings.items():
        git(project, "config", key, value)
    update(project)
    assert "|||||||" in (project / "README.md").read_text()


def test_a_sparse_check_out(project: Path) -> None:
    save(project, {"docs/a.md": "mine\n"})
    git(project, "sparse-checkout", "set", "worker")
    update(project)
    assert updated(project)
    assert not (project / "docs").exists()


def test_a_sha_256_repository(template: Template, tmp_path: Path) -> None:
    project = template.project(tmp_path / "project", commit=False)
    git(project, "init", "--quiet", "--object-format=sha256")
    identify(project)
    save(project)
    update(project)
    assert updated(project)
