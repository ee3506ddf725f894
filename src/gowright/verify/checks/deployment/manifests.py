"""The Kubernetes manifests, rendered and validated by their own tools."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from gowright.model.versions import custom_resources, kubernetes_versions
from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import kubernetes
from gowright.verify.harness import schemas
from gowright.verify.harness.go_programs import build_program, module_folder
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, title
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import fail_on

_SCORE_TESTS = (
    "container-memory-requests-equal-limits",
    "container-ports-check",
    "container-seccomp-profile",
)


@check(
    "manifests",
    "the Kubernetes manifests match the schemas of the three newest versions",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
)
def manifests(harness: Harness) -> str:
    """All objects of built-in kinds match the strict schemas."""
    schemas.require()
    problems = []
    count = 0
    for version, each in product(kubernetes_versions(), harness.manifests.values()):
        for thing in each.objects:
            schema = schemas.built_in(version, thing["apiVersion"], thing["kind"])
            where = f"Kubernetes {version}: {title(thing)}"
            if schema is not None:
                count += 1
                errors = Draft202012Validator(schema).iter_errors(thing)
                problems += [_at(each, f"{where}: {error.json_path}: {error.message}") for error in errors]
            elif schemas.knows_group(version, thing["apiVersion"]):
                problems.append(_at(each, f"{where}: {thing['apiVersion']} has no such kind"))
    fail_on(problems)
    return f"{count} objects"


@check(
    "kubeconform",
    "kubeconform accepts the manifests, with the definitions of the custom resources",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
)
def kubeconform(harness: Harness) -> str:
    """All objects match their schemas, those of custom resources as well."""
    tool = find_tool("kubeconform")
    schemas.require()
    folders = [
        module_folder(module, harness.go, harness.processes) / folder
        for module, folder in custom_resources().items()
    ]
    kinds = {
        (thing["apiVersion"], thing["kind"]) for each in harness.manifests.values() for thing in each.objects
    }
    problems = []
    for version in kubernetes_versions():
        folder = harness.processes.directory / f"schemas-{version}"
        folder.mkdir(exist_ok=True)
        for api_version, kind in kinds:
            schema = schemas.built_in(version, api_version, kind) or schemas.custom(
                folders, api_version, kind
            )
            if schema is not None:
                (folder / schemas.file_name(api_version, kind)).write_text(json.dumps(schema))
        for each in harness.manifests.values():
            location = f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
            done = harness.command(tool, "-strict", "-schema-location", location, _written(harness, each))
            if done.exit_code != 0:
                problems += [_at(each, f"Kubernetes {version}: {line}") for line in done.output.splitlines()]
    fail_on(problems)
    return f"{len(kinds)} kinds, Kubernetes {', '.join(kubernetes_versions())}"


@check(
    "pod-security",
    "all pods comply with the restricted Pod Security Standard",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
)
def pod_security(harness: Harness) -> str:
    """The evaluator of the API server accepts all pods, and the namespace enforces that."""
    program = build_program("podsecurity", harness.go, harness.processes)
    problems = []
    count = 0
    for each in harness.manifests.values():
        problems += [_at(each, problem) for problem in _unenforced(each)]
        pods = [
            {"name": pod.name, "metadata": {"labels": dict(pod.labels)}, "spec": pod.spec}
            for pod in each.pods()
        ]
        count += len(pods)
        path = harness.processes.directory / f"pods-{each.environment}.json"
        path.write_text(json.dumps(pods), encoding="utf-8")
        done = harness.command(program, path)
        if done.exit_code != 0:
            problems += [_at(each, line) for line in done.output.splitlines()]
    fail_on(problems)
    return f"{count} pods"


def _unenforced(each: Manifests) -> Iterator[str]:
    """What the namespace doesn't do about pods that violate the standard."""
    for namespace in each.of_kind("Namespace"):
        for mode in ("enforce", "audit", "warn"):
            level = namespace["metadata"].get("labels", {}).get(f"pod-security.kubernetes.io/{mode}")
            if level != "restricted":
                yield f"{title(namespace)}: the label pod-security.kubernetes.io/{mode} is {level}, not restricted"


@check(
    "kube-score",
    "kube-score reports nothing that the manifests don't explain",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
)
def kube_score(harness: Harness) -> str:
    """kube-score finds nothing except what an annotation ignores, and a comment gives the reason."""
    tool = find_tool("kube-score")
    problems = list(_unexplained(harness.project.root / "deployments"))
    newest = ".".join(kubernetes_versions()[0].split(".")[:2])
    flags = [f"--enable-optional-test={test}" for test in _SCORE_TESTS]
    flags += [f"--kubernetes-version=v{newest}", "--exit-one-on-warning", "--output-format=ci"]
    for each in harness.manifests.values():
        done = harness.command(tool, "score", *flags, _written(harness, each))
        if done.exit_code != 0:
            found = re.findall(r"^\[(?:CRITICAL|WARNING)\] .*", done.output, re.M)
            problems += [_at(each, line) for line in found or [done.output]]
    fail_on(problems)
    return ""


def _unexplained(folder: Path) -> Iterator[str]:
    """The annotations for kube-score that no comment above them explains."""
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".tpl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.search(r"kube-score(/|~1)ignore", line):
                above = "\n".join(lines[max(0, number - 2) : number])
                if "#" not in above:
                    yield f"{path.relative_to(folder.parent)}:{number + 1}: no comment explains what is ignored"


def _written(harness: Harness, each: Manifests) -> Path:
    """A file with the objects of an environment."""
    path = harness.processes.directory / f"objects-{each.environment}.yaml"
    if not path.is_file():
        path.write_text(yaml.safe_dump_all(each.objects, sort_keys=False), encoding="utf-8")
    return path


def _at(each: Manifests, problem: str) -> str:
    return f"{each.environment}: {problem}"
