"""The Kubernetes manifests: what an object names or selects exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import kubernetes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, Object, Pod, label_selectors, matches, title
from gowright.verify.outcomes import fail_on

#: The kinds that have no namespace.
_CLUSTER_KINDS = ("ClusterSecretStore", "Namespace")
#: A workload as an argument of kubectl.
_WORKLOAD = re.compile(r"(?<![\w/.-])(deployment|job)/([a-z0-9][a-z0-9-]*)")


@check(
    "selectors",
    "each selector and each name in the Kubernetes manifests leads to the right object",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
)
def selectors(harness: Harness) -> str:
    """Selectors select the pods that they are for, and names and ports exist."""
    found = [
        f"{each.environment}: {problem}"
        for each in harness.manifests.values()
        for rule in (
            _services,
            _workloads,
            _autoscaling,
            _budgets,
            _policies,
            _monitors,
            _routes,
            _references,
            _disks,
        )
        for problem in rule(each)
    ]
    found += [
        f"{each.environment}: {problem}"
        for each in harness.manifests.values()
        for problem in _scripts(harness.project.root, each)
    ]
    fail_on(found)
    return ""


def _services(each: Manifests) -> Iterator[str]:
    """Each Service selects the pods of one workload, which have its ports."""
    for service in each.of_kind("Service"):
        pods = each.selected({"matchLabels": service["spec"].get("selector", {})})
        if len(pods) != 1:
            yield f"{title(service)}: selects {_listed(pods)}, not the pods of one workload"
        for pod, port in ((pod, port) for pod in pods for port in service["spec"]["ports"]):
            target = port.get("targetPort", port["port"])
            if target not in pod.ports and target not in pod.ports.values():
                yield f"{title(service)}: {pod.name} has no port {target}"


def _workloads(each: Manifests) -> Iterator[str]:
    """Each workload selects its own pods, and so do their constraints."""
    for pod in each.pods():
        selector = pod.workload["spec"].get("selector")
        if selector is not None and not matches(selector, pod.labels):
            yield f"{pod.name}: the selector doesn't select its own pods"
        for constraint in label_selectors(pod.spec):
            if not matches(constraint, pod.labels):
                yield f"{pod.name}: a constraint of the pods doesn't select them: {constraint}"
    for namespace in each.of_kind("Namespace"):
        name = namespace["metadata"]["name"]
        for thing in each.objects:
            if thing["kind"] not in _CLUSTER_KINDS and thing["metadata"].get("namespace") != name:
                yield f"{title(thing)}: is not in the namespace {name}"


def _autoscaling(each: Manifests) -> Iterator[str]:
    """Each autoscaler scales a workload that sets no number of pods and that requests what is measured."""
    for scaler in each.of_kind("HorizontalPodAutoscaler"):
        least, most = scaler["spec"].get("minReplicas", 1), scaler["spec"]["maxReplicas"]
        if least > most:
            yield f"{title(scaler)}: minReplicas is {least}, more than maxReplicas, {most}"
        target = scaler["spec"]["scaleTargetRef"]
        workload = each.find(target["kind"], target["name"])
        if workload is None or workload["apiVersion"] != target["apiVersion"]:
            yield f"{title(scaler)}: there is no {target['kind']} {target['name']} to scale"
            continue
        if "replicas" in workload["spec"]:
            yield f"{title(scaler)}: {title(workload)} sets replicas, too"
        measured = {
            metric["resource"]["name"] for metric in scaler["spec"]["metrics"] if "resource" in metric
        }
        for container in workload["spec"]["template"]["spec"]["containers"]:
            if missing := measured - container.get("resources", {}).get("requests", {}).keys():
                yield f"{title(scaler)}: {title(workload)} doesn't request {', '.join(sorted(missing))}"


def _budgets(each: Manifests) -> Iterator[str]:
    """Each budget is for the pods of one workload, and lets a node be drained."""
    for budget in each.of_kind("PodDisruptionBudget"):
        pods = each.selected(budget["spec"]["selector"])
        if len(pods) != 1:
            yield f"{title(budget)}: selects {_listed(pods)}, not the pods of one workload"
        if budget["spec"].get("maxUnavailable") in (0, "0%") or budget["spec"].get("minAvailable") == "100%":
            yield f"{title(budget)}: lets no pod be evicted, so that no node can be drained"


def _policies(each: Manifests) -> Iterator[str]:
    for policy in each.of_kind("NetworkPolicy"):
        if not each.selected(policy["spec"]["podSelector"]):
            yield f"{title(policy)}: selects no pods"


def _monitors(each: Manifests) -> Iterator[str]:
    """Each ServiceMonitor selects one Service, which has its ports."""
    for monitor in each.of_kind("ServiceMonitor"):
        services = each.monitored(monitor)
        if len(services) != 1:
            yield f"{title(monitor)}: selects {len(services)} Services, not one"
        for service in services:
            for endpoint in monitor["spec"]["endpoints"]:
                yield from _missing_port(monitor, service, endpoint.get("port"))
            job = monitor["spec"].get("jobLabel")
            if job and job not in service["metadata"]["labels"]:
                yield f"{title(monitor)}: {title(service)} has no label {job}"


def _routes(each: Manifests) -> Iterator[str]:
    """Each route leads to a port of a Service."""
    for route, name, port in each.routes():
        service = each.find("Service", name)
        if service is None:
            yield f"{title(route)}: there is no Service {name}"
        else:
            yield from _missing_port(route, service, port)


def _missing_port(user: Object, service: Object, port: int | str | None) -> Iterator[str]:
    if all(port not in (known["port"], known.get("name")) for known in service["spec"]["ports"]):
        yield f"{title(user)}: {title(service)} has no port {port}"


def _references(each: Manifests) -> Iterator[str]:
    """Each ServiceAccount, ConfigMap, Secret, and key that a pod names exists."""
    bound = {
        subject["name"]
        for binding in each.of_kind("RoleBinding", "ClusterRoleBinding")
        for subject in binding.get("subjects", [])
    }
    for pod in each.pods():
        account = pod.spec.get("serviceAccountName", "")
        found = each.find("ServiceAccount", account)
        if found is None:
            yield f"{pod.name}: there is no ServiceAccount {account}"
        token = pod.spec.get(
            "automountServiceAccountToken", (found or {}).get("automountServiceAccountToken", True)
        )
        if token and account not in bound:
            yield f"{pod.name}: has a token for the API server, and no role: set automountServiceAccountToken to false"
        for volume in pod.spec.get("volumes", []):
            name = volume.get("secret", {}).get("secretName")
            if name and each.secret(name) is None:
                yield f"{pod.name}: there is no Secret {name}"
            name = volume.get("configMap", {}).get("name")
            if name and each.configuration(name) is None:
                yield f"{pod.name}: there is no ConfigMap {name}"
        for container in pod.containers:
            yield from (f"{pod.name}: {problem}" for problem in _sources(each, container))
    for external in each.of_kind("ExternalSecret"):
        store = external["spec"]["secretStoreRef"]
        if (
            store.get("kind", "SecretStore") == "SecretStore"
            and each.find("SecretStore", store["name"]) is None
        ):
            yield f"{title(external)}: there is no SecretStore {store['name']}"


def _sources(each: Manifests, container: Object) -> Iterator[str]:
    """The sources of the environment that don't exist."""
    for source in container.get("envFrom", []):
        yield from _source(each, source.get("configMapRef"), source.get("secretRef"))
    for variable in container.get("env", []):
        source = variable.get("valueFrom", {})
        yield from _source(each, source.get("configMapKeyRef"), source.get("secretKeyRef"))


def _source(each: Manifests, config: Any, secret: Any) -> Iterator[str]:
    for kind, reference, find in (("ConfigMap", config, each.configuration), ("Secret", secret, each.secret)):
        if reference is None:
            continue
        data = find(reference["name"])
        if data is None:
            yield f"there is no {kind} {reference['name']}"
        elif "key" in reference and reference["key"] not in data:
            yield f"{kind} {reference['name']} has no key {reference['key']}"


def _disks(each: Manifests) -> Iterator[str]:
    """Each disk that a pod names exists. If only one pod can use it at a time, there is only one."""
    for pod in each.pods():
        for volume in pod.spec.get("volumes", []):
            name = volume.get("persistentVolumeClaim", {}).get("claimName")
            if not name:
                continue
            claim = each.find("PersistentVolumeClaim", name)
            if claim is None:
                yield f"{pod.name}: there is no PersistentVolumeClaim {name}"
            elif "ReadWriteMany" not in claim["spec"]["accessModes"] and pod.workload["kind"] == "Deployment":
                yield from (f"{pod.name}: {problem}" for problem in _alone(each, pod.workload))


def _alone(each: Manifests, workload: Object) -> Iterator[str]:
    """How a workload can have two pods at a time."""
    if workload["spec"].get("replicas", 1) > 1:
        yield f"{workload['spec']['replicas']} pods can't share its disk"
    if workload["spec"].get("strategy", {}).get("type") != "Recreate":
        yield "a new pod would wait for the disk of the old one: set the type of the strategy to Recreate"
    for scaler in each.of_kind("HorizontalPodAutoscaler"):
        if scaler["spec"]["scaleTargetRef"]["name"] == workload["metadata"]["name"]:
            yield f"{title(scaler)} adds pods, which can't share its disk"


def _scripts(root: Path, each: Manifests) -> Iterator[str]:
    """The workloads that scripts wait for exist."""
    for path in sorted((root / "scripts").glob("*.sh")):
        for kind, name in _WORKLOAD.findall(path.read_text(encoding="utf-8")):
            if each.find(kind.capitalize(), name) is None:
                yield f"{path.relative_to(root)}: there is no {kind.capitalize()} {name}"


def _listed(pods: Iterable[Pod]) -> str:
    return " and ".join(pod.name for pod in pods) or "no pods"
