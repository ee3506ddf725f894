"""`make manifests` of a service, with its tools and with schemas on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gowright.model.project import read_project
from gowright.model.versions import custom_resources, kubernetes_versions
from gowright.verify.children import go_toolchain
from gowright.verify.children.processes import Processes
from gowright.verify.harness import schemas
from gowright.verify.harness.go_programs import module_folder
from gowright.verify.harness.rendering import render_manifests
from tests.conftest import USER_ENVIRONMENT, Render
from tests.helpers import build_tree

pytestmark = [pytest.mark.go, pytest.mark.usefixtures("go_caches")]

TOOLS = ("kustomize", "helm", "kubeconform", "kube-score")
#: What `make manifests` refuses: the choice, a file, what stands there, and what stands there instead.
FAULTS = (
    ("kubernetes", "deployments/kubernetes/base/service.yaml", "targetPort", "port"),
    ("kubernetes", "deployments/kubernetes/components/gateway/httproute.yaml", "hostnames", "hosts"),
    (
        "kubernetes",
        "deployments/kubernetes/base/deployment.yaml",
        "readOnlyRootFilesystem: true",
        "tty: true",
    ),
    ("helm", "deployments/helm/values.yaml", "goMemoryLimit: 230MiB", "goMemoryLimit: 230"),
    ("helm", "deployments/helm/templates/gateway.yaml", "hostnames", "hosts"),
    ("helm", "deployments/helm/templates/deployment.yaml", "readOnlyRootFilesystem: true", "tty: true"),
)


@pytest.fixture(scope="module")
def locations(rendered: Render, go_caches: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The flag of kubeconform for a folder with the schemas of all objects."""
    folder = tmp_path_factory.mktemp("schemas")
    go = go_toolchain.find()
    assert go is not None
    with Processes() as processes:
        modules = [module_folder(module, go, processes) / path for module, path in custom_resources().items()]
        for choice in ("kubernetes", "helm"):
            project = read_project(rendered(deploy=choice))
            for each in render_manifests(project, processes, USER_ENVIRONMENT).values():
                for thing in each.objects:
                    kind = (thing["apiVersion"], thing["kind"])
                    schema = schemas.built_in(kubernetes_versions()[0], *kind) or schemas.custom(
                        modules, *kind
                    )
                    (folder / schemas.file_name(*kind)).write_text(json.dumps(schema))
    return f"-schema-location '{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json'"


def make_manifests(project: Path, locations: str) -> subprocess.CompletedProcess[str]:
    installed = [
        f"{name.upper().replace('-', '_')}={name}" for name in TOOLS if shutil.which(name) is not None
    ]
    if len(installed) < len(TOOLS):
        pytest.skip(f"not all of {', '.join(TOOLS)} are on PATH")
    return subprocess.run(
        ["make", "manifests", *installed, f"SCHEMAS={locations}"],
        cwd=project,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("deploy", ["kubernetes", "helm"])
def test_generated_manifests_pass(deploy: str, rendered: Render, locations: str, tmp_path: Path) -> None:
    project = shutil.copytree(rendered(deploy=deploy), tmp_path / "shop")
    done = make_manifests(project, locations)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Invalid: 0, Errors: 0, Skipped: 0") == 3


@pytest.mark.parametrize(("deploy", "path", "old", "new"), FAULTS)
def test_faults_fail_the_target(
    deploy: str, path: str, old: str, new: str, rendered: Render, locations: str, tmp_path: Path
) -> None:
    project = shutil.copytree(rendered(deploy=deploy), tmp_path / "shop")
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    build_tree(project, {path: text.replace(old, new)})
    assert make_manifests(project, locations).returncode != 0
