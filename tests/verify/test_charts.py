"""The Helm chart and the kustomize overlays of a service contain the same objects."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gowright.model.project import read_project
from gowright.verify.children.processes import Processes
from gowright.verify.harness.manifests import ENVIRONMENTS, Manifests, Object, title
from gowright.verify.harness.rendering import render_manifests
from gowright.verify.outcomes import Skipped
from tests.conftest import USER_ENVIRONMENT, Render
from tests.helpers import build_tree
from tests.verify.test_manifests import VARIANTS

pytestmark = pytest.mark.slow

#: What only one of the tools adds: the annotations of deployment tools, labels of Helm, and a checksum in place of the
#: hash in the name of a ConfigMap.
ANNOTATIONS = ("argocd.argoproj.io/", "checksum/", "helm.sh/", "kustomize.toolkit.fluxcd.io/")
LABELS = ("app.kubernetes.io/managed-by", "helm.sh/chart")


def environments(project: Path) -> dict[str, Manifests]:
    with Processes() as processes:
        try:
            return render_manifests(read_project(project), processes, USER_ENVIRONMENT)
        except Skipped as skipped:
            pytest.skip(str(skipped))


def compared(each: Manifests) -> dict[str, Object]:
    """The objects by kind and name, without what only one of the tools adds, and without the tests of Helm."""
    text = json.dumps(each.objects)
    for thing in each.of_kind("ConfigMap", "Secret"):
        name = thing["metadata"]["name"]
        text = text.replace(f'"{name}"', json.dumps(re.sub(r"-[a-z0-9]{10}\Z", "", name)))
    objects = [thing for thing in json.loads(text) if not is_test(thing)]
    for metadata in (found for thing in objects for found in metadata_in(thing)):
        drop(metadata, "annotations", ANNOTATIONS)
        drop(metadata, "labels", LABELS)
    for thing in objects:
        if thing["kind"] == "Secret":
            # Long values are in several lines.
            thing["data"] = {key: "".join(value.split()) for key, value in thing["data"].items()}
    return {title(thing): thing for thing in objects}


def is_test(thing: Object) -> bool:
    return bool(thing["metadata"].get("annotations", {}).get("helm.sh/hook") == "test")


def metadata_in(thing: Object) -> Iterator[dict[str, Any]]:
    yield thing["metadata"]
    if "template" in thing.get("spec", {}):
        yield thing["spec"]["template"]["metadata"]


def drop(metadata: dict[str, Any], key: str, prefixes: tuple[str, ...]) -> None:
    kept = {name: value for name, value in metadata.pop(key, {}).items() if not name.startswith(prefixes)}
    if kept:
        metadata[key] = kept


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_chart_has_the_objects_of_the_overlays(variant: str, rendered: Render) -> None:
    overlays = environments(rendered(**VARIANTS[variant]))
    chart = environments(rendered(**VARIANTS[variant], deploy="helm"))
    for environment in ENVIRONMENTS:
        expected, found = compared(overlays[environment]), compared(chart[environment])
        assert sorted(found) == sorted(expected)
        for name in expected:
            assert found[name] == expected[name], f"{environment}: {name}"


def test_only_the_tests_of_helm_are_left_out(rendered: Render) -> None:
    for each in environments(rendered(deploy="helm")).values():
        tests = [title(thing) for thing in each.objects if is_test(thing)]
        assert tests == ["NetworkPolicy shop-test", "NetworkPolicy shop-tested", "Pod shop-test"]


def helm(project: Path, *flags: str, release: str = "shop") -> subprocess.CompletedProcess[str]:
    program = shutil.which("helm")
    if program is None:
        pytest.skip("helm is not on PATH")
    return subprocess.run(
        [program, "template", release, project / "deployments" / "helm", *flags],
        capture_output=True,
        text=True,
        check=False,
    )


#: Values that the schema of the chart refuses, and what Helm says.
WRONG = (
    ("image.digest=latest", "/image/digest"),
    ("image.tag=v1", "'tag' not allowed"),
    ("host=https://shop.example.com", "/host"),
    ("config.APP_ENV=staging", "/config/APP_ENV"),
    ("config.DATABASE_URL=postgres://db", "'DATABASE_URL' not allowed"),
    ("config.LOG_LEVLE=info", "'LOG_LEVLE' not allowed"),
    ("secrets.values.jwt-key=x", "'jwt-key' not allowed"),
    ("secrets.store.kind=Vault", "/secrets/store/kind"),
    ("resources.limits.memory=lots", "/resources/limits/memory"),
    ("goMemoryLimit=230Mi", "/goMemoryLimit"),
    ("autoscaling.minReplicas=0", "/autoscaling/minReplicas"),
    ("autoscaling.enabled=sometimes", "/autoscaling/enabled"),
    ("networks.database[0]=10.0.0.1", "/networks/database/0"),
    ("monitoring.namespace=Monitoring", "/monitoring/namespace"),
    ("replicas=3", "'replicas' not allowed"),
)


@pytest.mark.parametrize(("value", "told"), WRONG)
def test_the_schema_refuses_wrong_values(value: str, told: str, rendered: Render) -> None:
    refused = helm(rendered(deploy="helm"), "--set", value)
    assert refused.returncode != 0
    assert told in refused.stderr


def test_a_release_can_have_any_name(rendered: Render) -> None:
    """No name of an object is longer than 63 characters, and all are different from those of another release."""
    done = helm(rendered(deploy="helm"), release="n" * 53)
    assert done.returncode == 0, done.stderr
    names = [thing["metadata"]["name"] for thing in yaml.safe_load_all(done.stdout) if thing]
    assert [
        name
        for name in names
        if not name.startswith("n" * 50) or (len(name) > 63 and "dashboard" not in name)
    ] == []


def test_an_ingress_takes_the_place_of_the_gateway(rendered: Render) -> None:
    done = helm(rendered(deploy="helm"), "--set", "gateway.enabled=false,ingress.enabled=true")
    kinds = {thing["kind"] for thing in yaml.safe_load_all(done.stdout) if thing}
    assert "Ingress" in kinds
    assert "HTTPRoute" not in kinds


def test_notes_say_how_to_test_the_release(rendered: Render, tmp_path: Path) -> None:
    project = rendered(deploy="helm")
    notes = (project / "deployments/helm/templates/NOTES.txt").read_text()
    chart = shutil.copytree(project / "deployments/helm", tmp_path / "deployments" / "helm")
    # Helm prints the notes only after it has installed the chart.
    shown = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: notes\ndata:\n  notes: |\n"
    build_tree(
        chart, {"templates/notes.yaml": shown + "".join(f"    {line}\n" for line in notes.splitlines())}
    )
    done = helm(tmp_path, "--namespace", "team")
    assert done.returncode == 0, done.stderr
    assert "helm test shop --namespace team --logs" in done.stdout
    assert "https://shop.example.com/api/v1" in done.stdout
