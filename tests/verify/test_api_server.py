"""A real API server of Kubernetes stores everything that the manifests contain, in several versions.

The server is a separate program, in `../shared/tools/kube-api` beside the checkout, or where GOWRIGHT_KUBE_API points to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gowright.model.project import read_project
from gowright.model.versions import custom_resources
from gowright.verify.children import go_toolchain
from gowright.verify.children.processes import Processes
from gowright.verify.harness.go_programs import module_folder
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, Object
from gowright.verify.harness.rendering import render_manifests
from gowright.verify.outcomes import Failed
from tests.conftest import USER_ENVIRONMENT, Render
from tests.helpers import ROOT
from tests.verify.test_manifests import CHARTS, CHECK, VARIANTS

ALL = VARIANTS | CHARTS

pytestmark = [pytest.mark.proof, pytest.mark.usefixtures("go_caches")]

PLACE = Path(os.environ.get("GOWRIGHT_KUBE_API", ROOT.parent / "shared" / "tools" / "kube-api"))
#: The first is what the server is; it behaves like the others.
VERSIONS = ("1.37", "1.36", "1.35")
_BUILD_SECONDS = 1800
_START_SECONDS = 120

Apply = Callable[[str, list[Object]], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the server, built. The first build takes ten minutes."""
    if not (PLACE / "serve").is_file():
        pytest.skip(f"NO API SERVER: {PLACE} does not exist, so no manifest was applied")
    if shutil.which("kubectl") is None:
        pytest.skip("NO API SERVER: kubectl is not on PATH, so no manifest was applied")
    caches = USER_ENVIRONMENT.get("XDG_CACHE_HOME") or Path(USER_ENVIRONMENT["HOME"]) / ".cache"
    cache = Path(caches) / "kube-api"
    subprocess.run([PLACE / "build", cache], env=USER_ENVIRONMENT, check=True, timeout=_BUILD_SECONDS)
    return cache


@pytest.fixture(scope="module")
def definitions(go_caches: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The definitions of custom resources that the server doesn't have itself."""
    folder = tmp_path_factory.mktemp("definitions")
    go = go_toolchain.find()
    assert go is not None
    with Processes() as processes:
        for module, path in custom_resources().items():
            if "external-secrets" in module:
                for name in ("externalsecrets", "secretstores", "clustersecretstores"):
                    source = module_folder(module, go, processes) / path / f"external-secrets.io_{name}.yaml"
                    shutil.copy(source, folder)
    return folder


@pytest.fixture(scope="module", params=VERSIONS)
def cluster(
    request: pytest.FixtureRequest,
    program: Path,
    definitions: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """The configuration of kubectl for an API server of a version."""
    folder = tmp_path_factory.mktemp("server")
    flags = [] if request.param == VERSIONS[0] else [f"-arg=--emulated-version={request.param}"]
    with (folder / "log").open("wb") as log:
        command: list[str | Path] = [PLACE / "serve", program, "-crds", definitions, *flags]
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=USER_ENVIRONMENT
        )
    assert server.stdout is not None
    try:
        started = time.monotonic()
        line = server.stdout.readline()
        assert line.startswith("KUBECONFIG="), (folder / "log").read_text()
        assert time.monotonic() - started < _START_SECONDS
        yield Path(line.strip().partition("=")[2].strip("'\""))
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()


@pytest.fixture
def apply(cluster: Path, tmp_path: Path) -> Apply:
    """Apply objects to the API server, into a namespace of that name."""

    def kubectl(namespace: str, objects: list[Object]) -> subprocess.CompletedProcess[str]:
        file = tmp_path / f"{namespace}.yaml"
        file.write_text(yaml.safe_dump_all(moved(objects, namespace), sort_keys=False))
        return subprocess.run(
            ["kubectl", "apply", "--validate=strict", "--warnings-as-errors", "--filename", file],
            env=os.environ | {"KUBECONFIG": str(cluster)},
            capture_output=True,
            text=True,
            check=False,
        )

    return kubectl


def moved(objects: list[Object], namespace: str) -> list[Object]:
    """The objects in another namespace, because all environments have the same."""
    copies = []
    for thing in objects:
        change = {"name": namespace} if thing["kind"] == "Namespace" else {"namespace": namespace}
        copies.append(thing | {"metadata": thing["metadata"] | change})
    return copies


def pods(each: Manifests) -> list[Object]:
    """The pods that the controllers would create: the API server refuses insecure ones only as pods."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": pod.workload["metadata"]["name"], "labels": pod.labels},
            # A Pod of its own has no Deployment that completes the constraints.
            "spec": {key: value for key, value in pod.spec.items() if key != "topologySpreadConstraints"},
        }
        for pod in each.pods()
    ]


def environments(project: Path) -> dict[str, Manifests]:
    go = go_toolchain.find()
    assert go is not None
    with Processes() as processes:
        return render_manifests(read_project(project), processes, go.environment())


@pytest.mark.parametrize("variant", ALL)
def test_the_api_server_stores_every_object(variant: str, rendered: Render, apply: Apply) -> None:
    number = list(ALL).index(variant)
    for each in environments(rendered(**ALL[variant])).values():
        namespace = f"v{number}-{each.environment}"
        for objects in (list(each.objects), pods(each)):
            done = apply(namespace, objects)
            assert done.returncode == 0, done.stderr
            assert len(done.stdout.splitlines()) == len(objects)


def test_the_api_server_stores_the_alternative_to_the_gateway(
    rendered: Render, tmp_path: Path, apply: Apply
) -> None:
    project = tmp_path / "shop"
    shutil.copytree(rendered(), project)
    for overlay in (project / "deployments/kubernetes/overlays").glob("*/kustomization.yaml"):
        text = overlay.read_text()
        assert "components/gateway" in text
        overlay.write_text(text.replace("components/gateway", "components/ingress"))
    for each in environments(project).values():
        assert each.of_kind("Ingress")
        done = apply(f"ingress-{each.environment}", list(each.objects))
        assert done.returncode == 0, done.stderr


#: A change of the Deployment, and what the API server says about it.
FAULTS: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (lambda pod: pod["containers"][0]["securityContext"].pop("capabilities"), "unrestricted capabilities"),
    (lambda pod: pod["containers"][0]["ports"].append({"port": 1}), 'unknown field "spec.template'),
    (lambda pod: pod["volumes"].clear(), "volumeMounts[0].name: Not found"),
)


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_the_api_server_refuses_faults(number: int, rendered: Render, apply: Apply) -> None:
    change, told = FAULTS[number]
    each = environments(rendered())["production"]
    for deployment in each.of_kind("Deployment"):
        change(deployment["spec"]["template"]["spec"])
    done = apply(f"fault-{number}", list(each.objects))
    assert done.returncode != 0
    assert told in done.stderr


def test_the_check_asks_the_api_server(
    rendered: Render, cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster))
    go = go_toolchain.find()
    assert go is not None
    run = CHECK["server-dry-run"].run
    with Processes() as processes:
        assert "objects" in run(Harness(read_project(rendered()), go, processes))
    project = shutil.copytree(rendered(), tmp_path / "shop")
    route = project / "deployments/kubernetes/components/gateway/httproute.yaml"
    route.write_text(route.read_text().replace("sectionName", "section"))
    with Processes() as processes, pytest.raises(Failed, match=r'unknown field "spec\.parentRefs'):
        run(Harness(read_project(project), go, processes))


def test_helm_can_install_the_chart(rendered: Render, cluster: Path) -> None:
    """A dry run: no controller runs the Job that Helm waits for."""
    if shutil.which("helm") is None:
        pytest.skip("helm is not on PATH")
    project = rendered(deploy="helm")
    namespace = ["kubectl", "apply", f"--filename={project}/deployments/namespace.yaml"]
    install = [
        "helm",
        "install",
        "shop",
        f"{project}/deployments/helm",
        "--namespace=shop",
        "--dry-run=server",
    ]
    for command in (namespace, install):
        environment = os.environ | {"KUBECONFIG": str(cluster)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "helm test shop --namespace shop" in done.stdout
