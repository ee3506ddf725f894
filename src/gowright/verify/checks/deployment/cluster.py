"""The Kubernetes manifests on a real API server."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import kubernetes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, Object
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Skipped, fail_on


@check(
    "server-dry-run",
    "the API server of the cluster accepts the Kubernetes manifests",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
    optional=True,
)
def server_dry_run(harness: Harness) -> str:
    """The API server that KUBECONFIG names accepts all objects without a warning. Nothing is changed."""
    if not os.environ.get("KUBECONFIG"):
        raise Skipped("KUBECONFIG, the configuration of a cluster, is not set")
    tool = find_tool("kubectl")
    problems = []
    for each in harness.manifests.values():
        flags = ("--dry-run=server", "--validate=strict", "--warnings-as-errors")
        done = harness.command(tool, "apply", *flags, "--filename", _dry(harness, tool, each))
        if done.exit_code != 0:
            refused = [line for line in done.output.splitlines() if "(server dry run)" not in line]
            problems += [f"{each.environment}: {line}" for line in refused]
    fail_on(problems)
    return f"{sum(len(each.objects) for each in harness.manifests.values())} objects"


def _dry(harness: Harness, tool: Path, each: Manifests) -> Path:
    """A file with the objects of an environment, in a namespace that exists.

    A dry run doesn't create the namespace for the objects in it. Until it exists, `default` takes its place.
    """
    missing = {
        namespace["metadata"]["name"]
        for namespace in each.of_kind("Namespace")
        if harness.command(tool, "get", "namespace", namespace["metadata"]["name"]).exit_code != 0
    }
    path = harness.processes.directory / f"dry-run-{each.environment}.yaml"
    objects = [_moved(thing, missing) for thing in each.objects]
    path.write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")
    return path


def _moved(thing: Object, missing: set[str]) -> Object:
    metadata = thing["metadata"]
    if metadata.get("namespace") not in missing:
        return thing
    return thing | {"metadata": metadata | {"namespace": "default"}}
