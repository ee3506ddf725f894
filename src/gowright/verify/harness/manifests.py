"""Kubernetes manifests as objects, and what they select."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

#: The environments of a service.
ENVIRONMENTS = ("dev", "staging", "production")

_WORKLOADS = ("Deployment", "Job", "Pod")


@dataclass(frozen=True, slots=True)
class Pod:
    """The pods of a workload.

    Attributes:
        workload: the Deployment, Job, or Pod.
        labels: the labels of the pods.
        spec: the spec of the pods.
    """

    workload: Object
    labels: Mapping[str, str]
    spec: Object

    @property
    def name(self) -> str:
        """The kind and the name of the workload."""
        return title(self.workload)

    @property
    def containers(self) -> list[Object]:
        """All containers."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def ports(self) -> dict[int, str]:
        """The ports of the containers, and their names."""
        declared = [port for each in self.containers for port in each.get("ports", [])]
        return {port["containerPort"]: port.get("name", "") for port in declared}


@dataclass(frozen=True, slots=True)
class Manifests:
    """The objects of one environment."""

    environment: str
    objects: tuple[Object, ...]

    def of_kind(self, *kinds: str) -> list[Object]:
        """The objects of some kinds."""
        return [each for each in self.objects if each["kind"] in kinds]

    def find(self, kind: str, name: str) -> Object | None:
        """The object with a name, or None."""
        return next((each for each in self.of_kind(kind) if each["metadata"]["name"] == name), None)

    def pods(self) -> list[Pod]:
        """The pods of all workloads."""
        found = []
        for workload in self.of_kind(*_WORKLOADS):
            template = workload if workload["kind"] == "Pod" else workload["spec"]["template"]
            labels = template["metadata"].get("labels", {})
            found.append(Pod(workload, labels, template["spec"]))
        return found

    def selected(self, selector: Mapping[str, Any]) -> list[Pod]:
        """The pods that a label selector selects."""
        return [pod for pod in self.pods() if matches(selector, pod.labels)]

    def targets(self, service: Object, port: int | str) -> list[tuple[Pod, int]]:
        """The pods behind a port of a Service, each with the number of its own port.

        Args:
            service: the Service.
            port: the number or the name of the port of the Service.
        """
        pods = self.selected({"matchLabels": service["spec"].get("selector", {})})
        wanted = [each for each in service["spec"]["ports"] if port in (each["port"], each.get("name"))]
        targets = {each.get("targetPort", each["port"]) for each in wanted}
        return [
            (pod, number)
            for pod in pods
            for number, name in pod.ports.items()
            if number in targets or name in targets
        ]

    def routes(self) -> Iterator[tuple[Object, str, int | str]]:
        """The HTTPRoutes and Ingresses, each with the name of a Service and the port of it that it leads to."""
        for route in self.of_kind("HTTPRoute"):
            for backend in (backend for rule in route["spec"]["rules"] for backend in rule["backendRefs"]):
                yield route, backend["name"], backend["port"]
        for ingress in self.of_kind("Ingress"):
            for path in (path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]):
                service = path["backend"]["service"]
                yield ingress, service["name"], next(iter(service["port"].values()))

    def monitored(self, monitor: Object) -> list[Object]:
        """The Services that a ServiceMonitor selects."""
        selector = monitor["spec"]["selector"]
        return [
            each for each in self.of_kind("Service") if matches(selector, each["metadata"].get("labels", {}))
        ]

    def configuration(self, name: str) -> dict[str, str] | None:
        """The data of a ConfigMap, or None if there's none."""
        found = self.find("ConfigMap", name)
        return None if found is None else dict(found.get("data", {}))

    def secret(self, name: str) -> dict[str, str] | None:
        """The keys and values of a Secret, or None if there's none.

        The values of a secret that an ExternalSecret creates are empty.
        """
        if found := self.find("Secret", name):
            plain = dict(found.get("stringData", {}))
            return plain | {
                key: base64.b64decode(value).decode() for key, value in found.get("data", {}).items()
            }
        for external in self.of_kind("ExternalSecret"):
            spec = external["spec"]
            if spec.get("target", {}).get("name", external["metadata"]["name"]) == name:
                return {each["secretKey"]: "" for each in spec.get("data", [])}
        return None

    def environment_of(self, container: Object) -> dict[str, str]:
        """The environment variables of a container, without those whose source is missing."""
        values: dict[str, str] = {}
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                values |= self.configuration(source["configMapRef"]["name"]) or {}
            if "secretRef" in source:
                values |= self.secret(source["secretRef"]["name"]) or {}
        for variable in container.get("env", []):
            values[variable["name"]] = variable.get("value", "")
        return values

    def files_of(self, pod: Pod, container: Object) -> dict[str, str]:
        """The files of the secrets that are mounted into a container: their contents by path."""
        files: dict[str, str] = {}
        volumes = {each["name"]: each for each in pod.spec.get("volumes", [])}
        for mount in container.get("volumeMounts", []):
            name = volumes.get(mount["name"], {}).get("secret", {}).get("secretName", "")
            for key, value in (self.secret(name) or {}).items():
                files[f"{mount['mountPath']}/{key}"] = value
        return files


def title(thing: Object) -> str:
    """The kind and the name of an object."""
    return f"{thing['kind']} {thing['metadata']['name']}"


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Report whether a label selector selects an object with some labels.

    Args:
        selector: a selector with matchLabels and matchExpressions; without both, it selects everything.
        labels: the labels of the object.

    Raises:
        ValueError: for an unknown operator.
    """
    exact = selector.get("matchLabels", {}).items() <= labels.items()
    return exact and all(_holds(each, labels) for each in selector.get("matchExpressions", []))


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", [])
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case other:
            raise ValueError(f"unknown operator {other}")


def label_selectors(thing: object) -> Iterator[Mapping[str, Any]]:
    """All values of keys `labelSelector`, at any depth."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key == "labelSelector":
                yield value
            yield from label_selectors(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from label_selectors(value)
