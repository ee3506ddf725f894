"""The NetworkPolicies: they allow the connections that the service needs, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gowright.model.project import Project
from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import kubernetes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, Object, Pod, matches
from gowright.verify.harness.settings import FILE_SUFFIX
from gowright.verify.outcomes import fail_on

_DNS = 53
#: The pods that resolve names have this label in every cluster.
_DNS_LABELS = {"k8s-app": "kube-dns"}
_PORTS = {"http": 80, "https": 443}
_NAMESPACE = "kubernetes.io/metadata.name"


@check(
    "connections",
    "the NetworkPolicies allow the connections that the service needs, and no others",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
)
def connections(harness: Harness) -> str:
    """The pods can connect to what their settings name, and be reached only where that is necessary."""
    found = [
        f"{each.environment}: {problem}"
        for each in harness.manifests.values()
        for problem in (*_denied(each), *_outgoing(harness.project, each), *_incoming(harness.project, each))
    ]
    fail_on(found)
    return ""


def _denied(each: Manifests) -> Iterator[str]:
    """A policy denies everything that no other one allows."""
    denied = {
        direction
        for policy in each.of_kind("NetworkPolicy")
        if policy["spec"]["podSelector"] == {}
        for direction in policy["spec"]["policyTypes"]
        if not policy["spec"].get(direction.lower())
    }
    for direction in {"Ingress", "Egress"} - denied:
        yield f"no NetworkPolicy denies all {direction} by default"


@dataclass(frozen=True, slots=True)
class _Destination:
    """What a pod connects to.

    Attributes:
        port: the port of the server.
        namespace: the namespace of the server, if it's another one in the cluster.
        pod: the pods of the server, if they're in the same namespace.
        protocol: the protocol.
        labels: the labels of the pods of the server in another namespace, if they're known.
    """

    port: int
    namespace: str = ""
    pod: Pod | None = None
    protocol: str = "TCP"
    labels: Mapping[str, str] | None = None

    def in_peer(self, peer: Object) -> bool:
        """Report whether a peer of a rule contains the server."""
        if self.pod is not None:
            selects = matches(peer.get("podSelector", {}), self.pod.labels)
            return "podSelector" in peer and "namespaceSelector" not in peer and selects
        if self.namespace:
            selects = self.labels is None or matches(peer.get("podSelector", {}), self.labels)
            return "namespaceSelector" in peer and selects and _contains(peer, self.namespace)
        return True


def _outgoing(project: Project, each: Manifests) -> Iterator[str]:
    """The egress of each pod is what its settings need, and DNS."""
    for pod in each.pods():
        rules = _rules(each, pod, "egress")
        resolvers = [
            _Destination(_DNS, "kube-system", protocol=protocol, labels=_DNS_LABELS)
            for protocol in ("UDP", "TCP")
        ]
        needed = [*resolvers, *_destinations(project, each, pod)]
        for destination in needed:
            wanted = (destination.protocol, destination.port)
            peers = [peer for rule in rules if wanted in _ports(rule) for peer in rule["to"]]
            if not peers:
                yield f"{pod.name}: no NetworkPolicy allows it to connect to port {destination.port} ({destination.protocol})"
            elif not any(destination.in_peer(peer) for peer in peers):
                where = destination.namespace or (destination.pod.name if destination.pod else "")
                yield f"{pod.name}: no NetworkPolicy allows it to connect to port {destination.port} of {where}"
        allowed = {port for rule in rules for port in _numbers(rule)}
        for port in allowed - {destination.port for destination in needed}:
            yield f"{pod.name}: a NetworkPolicy allows connections to port {port}, which no setting needs"


def _destinations(project: Project, each: Manifests, pod: Pod) -> Iterator[_Destination]:
    """What the settings of a pod name."""
    variables = {variable.name for choice in project.facts.values() for variable in choice.variables}
    servers = {choice.server.variable: choice.server for choice in project.facts.values() if choice.server}
    for container in pod.containers:
        files = each.files_of(pod, container)
        for variable, value in each.environment_of(container).items():
            name = variable if variable in variables else variable.removesuffix(FILE_SUFFIX)
            server = servers.get(name)
            if container.get("args") == ["healthcheck"] and variable == "HTTP_ADDR":
                value = f"//{value}"
            elif name in variables and server is None:
                continue
            url = urlsplit(value if name == variable else files.get(value, ""))
            # The value of a secret isn't known.
            port = url.port or _PORTS.get(url.scheme) or (server.port if server else None)
            if port:
                yield from _resolved(each, url.hostname or "", port)


def _resolved(each: Manifests, host: str, port: int) -> Iterator[_Destination]:
    """A destination for a host name: a Service, a Service of another namespace, or any other server."""
    name, _, namespace = host.partition(".")
    service = each.find("Service", name) if not namespace else None
    if service is not None:
        yield from (_Destination(number, pod=pod) for pod, number in each.targets(service, port))
    else:
        yield _Destination(port, namespace if "." not in namespace else "")


def _incoming(project: Project, each: Manifests) -> Iterator[str]:
    """Clients reach the pods through the routes, only Prometheus reaches their metrics, and nobody the rest."""
    if not any(True for _ in each.routes()):
        yield "neither an HTTPRoute nor an Ingress leads to the service"
    gateways = {
        reference["namespace"]
        for route in each.of_kind("HTTPRoute")
        for reference in route["spec"]["parentRefs"]
        if "namespace" in reference
    }
    public = {
        (pod.name, number)
        for _, name, port in each.routes()
        if (service := each.find("Service", name))
        for pod, number in each.targets(service, port)
    }
    inner = {
        (pod.name, number)
        for monitor in each.of_kind("ServiceMonitor")
        for service in each.monitored(monitor)
        for endpoint in monitor["spec"]["endpoints"]
        for pod, number in each.targets(service, endpoint["port"])
    } | {
        (destination.pod.name, destination.port)
        for pod in each.pods()
        for destination in _destinations(project, each, pod)
        if destination.pod
    }
    for pod in each.pods():
        opened = [(number, rule) for rule in _rules(each, pod, "ingress") for number in _numbers(rule)]
        needed = {number for name, number in public | inner if name == pod.name}
        for number in needed - {number for number, _ in opened}:
            yield f"{pod.name}: no NetworkPolicy allows connections to its port {number}"
        for number, rule in opened:
            if number not in needed:
                yield f"{pod.name}: a NetworkPolicy allows connections to port {number}, which nothing needs"
            elif (pod.name, number) not in public and not all("podSelector" in peer for peer in rule["from"]):
                yield f"{pod.name}: a NetworkPolicy opens port {number} to more than the pods that need it"
            elif (pod.name, number) in public:
                yield from (f"{pod.name}: {problem}" for problem in _clients(rule, number, gateways))


def _clients(rule: Object, number: int, gateways: set[str]) -> Iterator[str]:
    """Whether the clients of a public port are the pods of the gateway, or of an ingress controller."""
    peers = [peer for peer in rule.get("from", [{}]) if peer.keys() != {"podSelector"}]
    for peer in peers:
        if "namespaceSelector" in peer and not any(
            _contains(peer, name) for name in ("default", "kube-system")
        ):
            continue
        yield f"a NetworkPolicy opens port {number} to more than the namespace of the gateway"
    for name in gateways if peers else ():
        if not any(_contains(peer, name) for peer in peers):
            yield f"no NetworkPolicy allows the gateway in the namespace {name} to connect to port {number}"


def _contains(peer: Object, namespace: str) -> bool:
    return matches(peer.get("namespaceSelector", {}), {_NAMESPACE: namespace})


def _rules(each: Manifests, pod: Pod, direction: str) -> list[Object]:
    """The rules of all policies for a pod."""
    return [
        rule
        for policy in each.of_kind("NetworkPolicy")
        if matches(policy["spec"]["podSelector"], pod.labels)
        for rule in policy["spec"].get(direction, [])
    ]


def _ports(rule: Object) -> set[tuple[str, int]]:
    return {(port.get("protocol", "TCP"), port["port"]) for port in rule.get("ports", [])}


def _numbers(rule: Object) -> set[int]:
    return {number for _, number in _ports(rule)}
