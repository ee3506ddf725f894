"""The scripts that deploy to Kubernetes, with a fake kubectl that records how it was called."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.helpers import build_tree

DIGEST = "sha256:" + "1a" * 32
IMAGE = f"registry.example.com:5000/team/shop@{DIGEST}"

#: Records its arguments, and the image in the manifests. KUBECTL_FAILS matches arguments for which it fails.
KUBECTL = """\
#!/usr/bin/env bash
for argument; do
  case $argument in --filename=*) grep -o "image: .*" "${argument#--filename=}" >>"$RECORD.images" ;; esac
done
arguments="$*"
echo "kubectl ${arguments//--filename=*manifests.yaml/--filename=manifests.yaml}" >>"$RECORD"
[[ $arguments =~ $KUBECTL_FAILS ]] && exit 1
exit 0
"""

#: Records its arguments.
HELM = """\
#!/usr/bin/env bash
arguments="$*"
echo "helm ${arguments}" >>"$RECORD"
[[ "helm $arguments" =~ $KUBECTL_FAILS ]] && exit 1
exit 0
"""

APPLY = "kubectl apply --server-side --force-conflicts --filename=manifests.yaml"


class Deployment:
    """A copy of a project, and the calls of kubectl."""

    def __init__(self, project: Path, folder: Path) -> None:
        packages = shutil.ignore_patterns("api", "cmd", "internal", "migrations", "pkg", "test")
        self.project = shutil.copytree(project, folder / "shop", ignore=packages)
        self.record = folder / "record"
        self.programs = build_tree(folder / "bin", {"kubectl": KUBECTL, "helm": HELM})
        for program in self.programs.iterdir():
            program.chmod(0o755)

    def make(self, *arguments: str, fails: str = "^$") -> subprocess.CompletedProcess[str]:
        variables = {"RECORD": str(self.record), "KUBECTL_FAILS": fails}
        path = f"{self.programs}:{os.environ['PATH']}"
        return subprocess.run(
            ["make", *arguments, "KUSTOMIZE=kustomize", "HELM=helm"],
            cwd=self.project,
            env={"PATH": path, "HOME": os.environ["HOME"], **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.record.read_text().splitlines() if self.record.exists() else []

    @property
    def images(self) -> set[str]:
        return set(self.record.with_suffix(".images").read_text().splitlines())


@pytest.fixture
def deployment(rendered: Render, tmp_path: Path) -> Deployment:
    if shutil.which("kustomize") is None:
        pytest.skip("kustomize is not on PATH")
    return Deployment(rendered(), tmp_path)


def test_the_database_is_migrated_before_the_service_changes(deployment: Deployment) -> None:
    done = deployment.make("deploy", "ENV=production", f"IMAGE={IMAGE}")
    assert done.returncode == 0, done.stderr
    assert deployment.calls == [
        "kubectl delete --namespace=shop --ignore-not-found job/shop-migration",
        f"{APPLY} --selector=app.kubernetes.io/component!=server",
        "kubectl wait --namespace=shop --for=condition=Complete --timeout=5s job/shop-migration",
        APPLY,
        "kubectl rollout status --namespace=shop --timeout=10m deployment/shop",
    ]
    assert deployment.images == {f"image: {IMAGE}"}


def test_the_working_tree_stays_as_it_is(deployment: Deployment) -> None:
    overlay = deployment.project / "deployments/kubernetes/overlays/dev/kustomization.yaml"
    before = overlay.read_bytes()
    assert deployment.make("deploy", f"IMAGE={IMAGE}").returncode == 0
    assert overlay.read_bytes() == before


def test_a_failed_migration_leaves_the_service_as_it_is(deployment: Deployment) -> None:
    done = deployment.make("deploy", f"IMAGE={IMAGE}", fails="condition=Complete")
    assert done.returncode != 0
    assert "the migration failed, so the service was not updated" in done.stderr
    assert "kubectl logs --namespace=shop --tail=50 job/shop-migration" in deployment.calls
    assert APPLY not in deployment.calls


def test_a_failed_rollout_is_reported(deployment: Deployment) -> None:
    assert deployment.make("deploy", f"IMAGE={IMAGE}", fails="^rollout").returncode != 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("IMAGE=shop:v1",), 'deploy: "shop:v1" has no digest'),
        ((f"IMAGE={IMAGE}", "ENV=moon"), 'deploy: unknown environment "moon"'),
    ],
)
def test_wrong_arguments_change_nothing(
    arguments: tuple[str, ...], told: str, deployment: Deployment
) -> None:
    done = deployment.make("deploy", *arguments)
    assert done.returncode != 0
    assert told in done.stderr
    assert deployment.calls == []


@pytest.mark.parametrize(("fails", "code"), [("^$", 0), ("^diff", 0)])
def test_differences_are_no_failure(fails: str, code: int, deployment: Deployment) -> None:
    assert deployment.make("diff", f"IMAGE={IMAGE}", fails=fails).returncode == code
    assert deployment.calls == [
        "kubectl diff --server-side --force-conflicts --filename=manifests.yaml"
        " --selector=app.kubernetes.io/component!=migration"
    ]


def test_a_service_without_a_database_has_no_migration(rendered: Render, tmp_path: Path) -> None:
    if shutil.which("kustomize") is None:
        pytest.skip("kustomize is not on PATH")
    # The name is a boolean in YAML.
    deployment = Deployment(rendered(project_name="yes", database="memory"), tmp_path)
    done = deployment.make("deploy", f"IMAGE={IMAGE}")
    assert done.returncode == 0, done.stderr
    assert deployment.calls == [
        APPLY,
        "kubectl rollout status --namespace=yes --timeout=10m deployment/yes",
    ]


@pytest.mark.parametrize(
    "answers",
    [{}, {"cache": "none", "database": "memory", "auth": "none"}, {"resources": [], "auth": "oidc"}],
)
def test_rules_can_be_copied_to_the_manifests(
    answers: dict[str, Any], rendered: Render, tmp_path: Path
) -> None:
    deployment = Deployment(rendered(**answers), tmp_path)
    rule = deployment.project / "deployments/kubernetes/components/monitoring/prometheusrule.yaml"
    before = rule.read_text()
    assert deployment.make("prometheusrule").returncode == 0
    assert rule.read_text() == before

    rules = deployment.project / "deployments/monitoring/rules/service.yaml"
    rules.write_text(rules.read_text().replace("[30m]) > 2", "[30m]) > 3"))
    refused = deployment.make("manifests", "KUBECONFORM=true", "KUBE_SCORE=true")
    assert refused.returncode != 0
    assert 'run "make prometheusrule"' in refused.stderr
    assert deployment.make("prometheusrule").returncode == 0
    assert rule.read_text() == before.replace("[30m]) > 2", "[30m]) > 3")


#: How Helm gets the image and the values of an environment.
FLAGS = (
    "--namespace=shop --values=helm/values-production.yaml"
    f" --set-string=image.repository=registry.example.com:5000/team/shop,image.digest={DIGEST}"
)


@pytest.fixture
def chart(rendered: Render, tmp_path: Path) -> Deployment:
    return Deployment(rendered(deploy="helm"), tmp_path)


def test_helm_installs_the_chart_into_a_namespace_of_its_own(chart: Deployment) -> None:
    done = chart.make("deploy", "ENV=production", f"IMAGE={IMAGE}")
    assert done.returncode == 0, done.stderr
    assert chart.calls == [
        "kubectl apply --server-side --force-conflicts --filename=namespace.yaml",
        f"helm upgrade shop helm {FLAGS} --install --wait --rollback-on-failure --timeout=65m",
    ]


def test_a_failure_of_helm_is_reported(chart: Deployment) -> None:
    assert chart.make("deploy", f"IMAGE={IMAGE}", fails="^helm upgrade").returncode != 0


@pytest.mark.parametrize("fails", ["^$", "^diff"])
def test_differences_of_a_chart_are_no_failure(fails: str, chart: Deployment) -> None:
    assert chart.make("diff", "ENV=production", f"IMAGE={IMAGE}", fails=fails).returncode == 0
    assert set(chart.calls) == {
        f"helm template shop helm {FLAGS} --skip-tests --no-hooks",
        "kubectl diff --server-side --force-conflicts --namespace=shop --filename=-",
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("IMAGE=shop:v1",), 'deploy: "shop:v1" has no digest'),
        ((f"IMAGE={IMAGE}", "ENV=moon"), 'deploy: unknown environment "moon"'),
    ],
)
def test_wrong_arguments_install_nothing(arguments: tuple[str, ...], told: str, chart: Deployment) -> None:
    done = chart.make("deploy", *arguments)
    assert done.returncode != 0
    assert told in done.stderr
    assert chart.calls == []
