"""The checks of Kubernetes manifests pass for generated ones, and find what is wrong with others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.model.template import Template
from gowright.verify.checks import CHECKS
from gowright.verify.children import go_toolchain
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import matches
from gowright.verify.harness.schemas import strict
from gowright.verify.outcomes import Failed, Skipped
from tests.conftest import Render
from tests.helpers import build_tree

pytestmark = pytest.mark.slow

CHECK = {check.name: check for check in CHECKS}

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "mongodb, an OpenID provider, and Zipkin": {"database": "mongodb", "auth": "oidc", "tracing": "zipkin"},
    "a name that YAML reads as a boolean": {"project_name": "yes", "cache": "none", "metrics": "none"},
    "a cloud": {"cloud": "aws", "tracing": "none"},
    "a cloud whose servers have an authority of their own": {"cloud": "gcp", "tracing": "none"},
    "the longest name": {"project_name": "n" + "-2" * 24 + "x", "database": "postgres-gorm"},
    "no data and no servers": {
        "database": "memory",
        "cache": "none",
        "auth": "none",
        "tracing": "none",
        "metrics": "none",
        "resources": [],
    },
    "a database in a file": {"database": "sqlite", "cache": "none"},
    "data in memory": {"database": "memory", "cache": "none", "auth": "none", "tracing": "none"},
}
#: The same in a chart.
CHARTS = {f"{name}, in a chart": {**answers, "deploy": "helm"} for name, answers in VARIANTS.items()}

BASE, COMPONENTS, OVERLAYS = (f"deployments/kubernetes/{part}" for part in ("base", "components", "overlays"))
DEPLOYMENT = f"{BASE}/deployment.yaml"
POLICIES = f"{BASE}/networkpolicies.yaml"

#: What breaks a check: the check, a file, what stands there, what stands there instead, and what the finding says.
#: The text is replaced wherever it stands.
FAULTS = (
    ("manifests", DEPLOYMENT, "revisionHistoryLimit: 5", "revisionHistory: 5", "'revisionHistory' was unexpected"),
    ("manifests", DEPLOYMENT, "containerPort: 8080", "containerPort: http", "$.spec.template.spec.containers[0]"),
    ("manifests", DEPLOYMENT, "apps/v1", "apps/v1beta1", "apps/v1beta1 has no such kind"),
    ("kubeconform", f"{COMPONENTS}/gateway/httproute.yaml", "sectionName", "section", "additional properties 'section'"),
    ("kubeconform", f"{COMPONENTS}/monitoring/servicemonitor.yaml", "interval: 15s", "interval: soon", "ServiceMonitor"),
    ("kubeconform", f"{COMPONENTS}/external-secrets/externalsecret.yaml", "secretKey", "key", "ExternalSecret"),
    ("kube-score", DEPLOYMENT, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "root filesystem"),
    ("kube-score", DEPLOYMENT, "    # A digest always names the same image, and topologySpreadConstraints spread the pods.\n", "", "no comment explains"),
    ("kube-score", f"{OVERLAYS}/dev/kustomization.yaml", ",deployment-replicas", "", "few replicas"),
    ("pod-security", DEPLOYMENT, "allowPrivilegeEscalation: false", "", "allowPrivilegeEscalation"),
    ("pod-security", DEPLOYMENT, "seccompProfile:\n          type: RuntimeDefault", "", "seccompProfile"),
    ("pod-security", f"{COMPONENTS}/migration/job.yaml", "drop: [ALL]", "drop: [CHOWN]", "unrestricted capabilities"),
    ("pod-security", f"{BASE}/namespace.yaml", "enforce: restricted", "enforce: baseline", "is baseline"),
    ("selectors", f"{BASE}/service.yaml", "    app.kubernetes.io/component: server\n  ports", "  ports", "and Job"),
    ("selectors", f"{BASE}/service.yaml", "targetPort: http", "targetPort: web", "no port web"),
    ("selectors", DEPLOYMENT, "component: server\n  strategy", "component: web\n  strategy", "its own pods"),
    ("selectors", DEPLOYMENT, "component: server\n          matchLabelKeys", "component: web\n          matchLabelKeys", "constraint"),
    ("selectors", f"{COMPONENTS}/autoscaling/horizontalpodautoscaler.yaml", "    name: shop\n  min", "    name: shopp\n  min", "no Deployment shopp"),
    ("selectors", f"{COMPONENTS}/autoscaling/horizontalpodautoscaler.yaml", "name: cpu", "name: gpu", "request gpu"),
    ("selectors", DEPLOYMENT, "  revisionHistoryLimit", "  replicas: 2\n  revisionHistoryLimit", "sets replicas"),
    ("selectors", f"{COMPONENTS}/autoscaling/poddisruptionbudget.yaml", "      app.kubernetes.io/name: shop", "      app.kubernetes.io/name: other", "selects no pods"),
    ("selectors", POLICIES, "      app.kubernetes.io/name: shop", "      app.kubernetes.io/name: other", "selects no pods"),
    ("selectors", f"{COMPONENTS}/monitoring/servicemonitor.yaml", "port: admin", "port: metrics", "no port metrics"),
    ("selectors", f"{COMPONENTS}/monitoring/servicemonitor.yaml", "component: admin\n  endpoints", "component: web\n  endpoints", "0 Services"),
    ("selectors", f"{COMPONENTS}/monitoring/servicemonitor.yaml", "jobLabel: app.kubernetes.io/name", "jobLabel: job", "no label job"),
    ("selectors", f"{COMPONENTS}/gateway/httproute.yaml", "port: 80", "port: 8080", "no port 8080"),
    ("selectors", f"{COMPONENTS}/gateway/httproute.yaml", "- name: shop\n", "- name: shopp\n", "no Service shopp"),
    ("selectors", DEPLOYMENT, "serviceAccountName: shop", "serviceAccountName: default", "ServiceAccount default"),
    ("selectors", DEPLOYMENT, "secretName: shop", "secretName: secrets", "no Secret secrets"),
    ("selectors", DEPLOYMENT, "configMapRef:\n                name: shop", "configMapRef:\n                name: env", "ConfigMap env"),
    ("selectors", f"{COMPONENTS}/external-secrets/externalsecret.yaml", "kind: ClusterSecretStore", "kind: SecretStore", "no SecretStore"),
    ("selectors", f"{OVERLAYS}/production/kustomization.yaml", "value: 3\n", "value: 9\n", "minReplicas is 9, more than maxReplicas, 8"),
    ("selectors", f"{COMPONENTS}/autoscaling/poddisruptionbudget.yaml", "maxUnavailable: 1", "maxUnavailable: 0%", "no node can be drained"),
    ("selectors", f"{COMPONENTS}/autoscaling/poddisruptionbudget.yaml", "maxUnavailable: 1", "minAvailable: 100%", "no node can be drained"),
    ("selectors", DEPLOYMENT, "automountServiceAccountToken: false", "automountServiceAccountToken: true", "a token for the API server"),
    ("selectors", "scripts/deploy-manifests.sh", "deployment/shop", "deployment/server", "there is no Deployment server"),
    ("selectors", "scripts/deploy-manifests.sh", "job/shop-migration", "job/migration", "there is no Job migration"),
    ("connections", POLICIES, "- protocol: UDP\n          port: 53\n        ", "", "to connect to port 53 (UDP)"),
    ("connections", POLICIES, "k8s-app: kube-dns", "k8s-app: dns", "port 53 of kube-system"),
    ("connections", f"{OVERLAYS}/staging/kustomization.yaml", "  - ../../components/gateway\n", "", "staging: neither an HTTPRoute nor an Ingress"),
    ("connections", f"{COMPONENTS}/gateway/networkpolicy.yaml", "kubernetes.io/metadata.name: gateway", "kubernetes.io/metadata.name: ingress", "the gateway in the namespace gateway"),
    ("connections", f"{COMPONENTS}/gateway/networkpolicy.yaml", "matchLabels:\n              kubernetes.io/metadata.name: gateway", "matchLabels: {}", "more than the namespace of the gateway"),
    ("deployed-settings", f"{OVERLAYS}/dev/kustomization.yaml", "  - ../../components/migration\n", "", "dev: no container is named migration"),
    ("deployed-settings", f"{COMPONENTS}/migration/job.yaml", 'sync-wave: "1"', 'sync-wave: "2"', "Argo CD doesn't wait for it"),
    ("deployed-settings", f"{COMPONENTS}/gateway/httproute.yaml", "value: /api", "value: /rest", "doesn't lead to /api/v1/"),
    ("deployed-settings", f"{COMPONENTS}/gateway/httproute.yaml", "value: /api", "value: /", "leads to /readyz, which is for probes"),
    ("deployed-settings", f"{COMPONENTS}/monitoring/servicemonitor.yaml", "path: /metrics", "path: /metric", "reads /metric, which"),
    ("deployed-settings", f"{OVERLAYS}/dev/kustomization.yaml", "digest: sha256:", "newTag: v", "has no digest"),
    ("connections", POLICIES, "port: 5432", "port: 5433", "to connect to port 5432"),
    ("connections", POLICIES, "port: 5432", "port: 5432\n        - protocol: TCP\n          port: 22", "port 22"),
    ("connections", POLICIES, "kubernetes.io/metadata.name: observability", "kubernetes.io/metadata.name: tracing", "port 4318 of observability"),
    ("connections", POLICIES, "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", "denies all Egress"),
    ("connections", f"{COMPONENTS}/migration/networkpolicy.yaml", "port: 5432", "port: 6379", "Job shop-migration: no"),
    ("connections", f"{COMPONENTS}/gateway/networkpolicy.yaml", "port: 8080", "port: 80", "to its port 8080"),
    ("connections", f"{COMPONENTS}/gateway/networkpolicy.yaml", "port: 8080", "port: 8080\n        - port: 9090", "more than the pods"),
    ("connections", f"{COMPONENTS}/monitoring/networkpolicy.yaml", "port: 9090", "port: 9091", "to its port 9090"),
    ("deployed-monitoring", "deployments/monitoring/rules/service.yaml", "for: 2m", "for: 3m", "the group shop-instances"),
    ("deployed-monitoring", "deployments/monitoring/kustomization.yaml", 'grafana_dashboard: "1"', 'grafana: "1"', "dashboard service.json"),
    ("deployed-settings", "internal/config/config.go", "DATABASE_URL", "POSTGRES_URL", "sets DATABASE_URL_FILE"),
    ("deployed-settings", f"{BASE}/kustomization.yaml", "HTTP_TRUSTED_PROXIES", "TRUSTED_PROXIES", "TRUSTED_PROXIES"),
    ("deployed-settings", f"{BASE}/kustomization.yaml", "APP_ENV=production", "LOG_LEVEL=info", "APP_ENV is not"),
    ("deployed-settings", DEPLOYMENT, "JWT_SECRET_FILE", "JWT_PREVIOUS_SECRET_FILE", "JWT_SECRET is not set"),
    ("deployed-settings", f"{COMPONENTS}/external-secrets/externalsecret.yaml", "secretKey: jwt-secret", "secretKey: jwt-key", "no key of a mounted"),
    ("deployed-settings", f"{COMPONENTS}/migration/job.yaml", "secretName: shop-migration", "secretName: shop", "doesn't use"),
    ("deployed-settings", f"{BASE}/kustomization.yaml", "- APP_ENV", "- REDIS_URL=redis://redis\n      - APP_ENV", "is a secret"),
    ("deployed-settings", DEPLOYMENT, "containerPort: 8080", "containerPort: 80", "listens on {'http': 8080"),
    ("deployed-settings", DEPLOYMENT, "path: /readyz", "path: /ready", "calls /ready, which"),
    ("deployed-settings", DEPLOYMENT, "path: /livez\n              port: http\n            periodSeconds: 10", "path: /readyz\n              port: http\n            periodSeconds: 10", "liveness probe calls /readyz"),
    ("deployed-settings", DEPLOYMENT, "path: /readyz\n              port: http", "path: /readyz\n              port: admin", "not the public port"),
    ("deployed-settings", DEPLOYMENT, "GracePeriodSeconds: 40", "GracePeriodSeconds: 39", "up to 40 s"),
    ("deployed-settings", f"{BASE}/kustomization.yaml", "- APP_ENV", "- SHUTDOWN_TIMEOUT=1m\n      - APP_ENV", "up to 80 s"),
    ("deployed-settings", DEPLOYMENT, "value: 230MiB", "value: 300MiB", "GOMEMLIMIT is 300MiB"),
    ("deployed-settings", DEPLOYMENT, "- name: server\n", "- name: web\n", "no container is named server"),
)  # fmt: skip
BROKEN = dict.fromkeys(name for name, *_ in FAULTS)
#: These compile a program.
NEEDS_GO = {"pod-security", "kubeconform"}


def parameters(rows: Any) -> list[Any]:
    return [
        pytest.param(*row, marks=[pytest.mark.go] if row[0] in NEEDS_GO else [], id=f"{row[0]}-{row[-1]}")
        for row in rows
    ]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[str, Path], str]]:
    """Run a check of a project. If a tool is missing, skip the test."""
    go = go_toolchain.find()
    if go is None:
        pytest.skip("no Go")
    with Processes() as processes:

        def check(name: str, project: Path) -> str:
            try:
                return CHECK[name].run(Harness(read_project(project), go, processes))
            except Skipped as skipped:
                pytest.skip(str(skipped))

        yield check


@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize(
    ("name", "variant"), parameters([(name, variant) for name in BROKEN for variant in VARIANTS | CHARTS])
)
def test_generated_manifests_pass(
    name: str, variant: str, rendered: Render, run: Callable[[str, Path], str]
) -> None:
    project = rendered(**(VARIANTS | CHARTS)[variant])
    if CHECK[name].when(read_project(project)):
        run(name, project)


def test_the_variants_have_all_databases() -> None:
    (database,) = (each for each in Template.head().features() if each.name == "database")
    used = {answers.get("database", database.default) for answers in VARIANTS.values()}
    assert used == set(database.values)


@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize(("name", "path", "old", "new", "told"), parameters(FAULTS))
def test_faults_are_found(
    name: str,
    path: str,
    old: str,
    new: str,
    told: str,
    rendered: Render,
    tmp_path: Path,
    run: Callable[[str, Path], str],
) -> None:
    project = tmp_path / "shop"
    packages = shutil.ignore_patterns("cmd", "migrations", "pkg", "test")
    shutil.copytree(rendered(), project, ignore=packages)
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    build_tree(project, {path: text.replace(old, new)})
    with pytest.raises(Failed) as failed:
        run(name, project)
    assert told in failed.value.detail


#: The same, for the variant with a collector of spans.
COLLECTOR = f"{COMPONENTS}/collector"
COLLECTOR_FAULTS = (
    ("connections", f"{COLLECTOR}/networkpolicies.yaml", "              app.kubernetes.io/component: collector", "              app.kubernetes.io/component: other", "port 4318 of Deployment shop-collector"),
    ("connections", f"{COLLECTOR}/networkpolicies.yaml", "ingress:\n    - from:\n        - podSelector", "ingress:\n    - from:\n        - namespaceSelector", "more than the pods"),
    ("connections", f"{COLLECTOR}/networkpolicies.yaml", "port: 9411", "port: 9412", "to port 9411"),
    ("connections", f"{BASE}/kustomization.yaml", "http://shop-collector:4318", "http://shop-collector:4317", "port 4318, which no"),
    ("selectors", f"{COLLECTOR}/deployment.yaml", "configMap:\n            name: shop-collector", "configMap:\n            name: shop-other", "no ConfigMap shop-other"),
)  # fmt: skip


#: The same, for a chart.
TEMPLATES = "deployments/helm/templates"
CHART_FAULTS = (
    ("manifests", "deployments/helm/values-dev.yaml", "enabled: false", "enabled: never", "/autoscaling/enabled"),
    ("manifests", f"{TEMPLATES}/service.yaml", "| nindent 4", "| nindnt 4", "helm lint"),
    ("pod-security", f"{TEMPLATES}/tests/service.yaml", "runAsNonRoot: true", "", "Pod shop-test"),
    ("pod-security", "deployments/namespace.yaml", "enforce: restricted", "enforce: privileged", "is privileged"),
    ("selectors", f"{TEMPLATES}/service.yaml", '"server") | nindent 4 }}\n  ports', '"web") | nindent 4 }}\n  ports', "selects no pods"),
    ("deployed-settings", f"{TEMPLATES}/migration/job.yaml", "pre-install,pre-upgrade", "pre-install,post-upgrade", "runs at post-upgrade, pre-install"),
    ("connections", f"{TEMPLATES}/tests/networkpolicies.yaml", "port: 8080", "port: 80", "Pod shop-test"),
    ("deployed-settings", "deployments/helm/values.yaml", "HTTP_TRUSTED_PROXIES: 10.0.0.0/8", "HTTP_TRUSTED_PROXIES: 10.0.0.0/8\n  SHUTDOWN_DELAY: 30s", "up to 65 s"),
    ("deployed-monitoring", f"{TEMPLATES}/monitoring/prometheusrule.yaml", "rules/*.yaml", "rules/s*.yaml", "the group shop-dep"),
)  # fmt: skip


@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize(("name", "path", "old", "new", "told"), parameters(CHART_FAULTS))
def test_faults_of_charts_are_found(
    name: str,
    path: str,
    old: str,
    new: str,
    told: str,
    rendered: Render,
    tmp_path: Path,
    run: Callable[[str, Path], str],
) -> None:
    project = shutil.copytree(rendered(deploy="helm"), tmp_path / "shop")
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    build_tree(project, {path: text.replace(old, new)})
    with pytest.raises(Failed) as failed:
        run(name, project)
    assert told in failed.value.detail


@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize(("name", "path", "old", "new", "told"), parameters(COLLECTOR_FAULTS))
def test_faults_of_the_collector_are_found(
    name: str,
    path: str,
    old: str,
    new: str,
    told: str,
    rendered: Render,
    tmp_path: Path,
    run: Callable[[str, Path], str],
) -> None:
    project = shutil.copytree(
        rendered(**VARIANTS["mongodb, an OpenID provider, and Zipkin"]), tmp_path / "shop"
    )
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    build_tree(project, {path: text.replace(old, new)})
    with pytest.raises(Failed) as failed:
        run(name, project)
    assert told in failed.value.detail


#: The same, for a database in a file.
DISK_FAULTS = (
    ("selectors", DEPLOYMENT, "replicas: 1", "replicas: 2", "2 pods can't share its disk"),
    ("selectors", DEPLOYMENT, "type: Recreate", "type: RollingUpdate", "would wait for the disk of the old one"),
    ("selectors", f"{BASE}/kustomization.yaml", "  - persistentvolumeclaim.yaml\n", "", "no PersistentVolumeClaim shop"),
    ("deployed-settings", f"{BASE}/kustomization.yaml", "SQLITE_PATH=/data/", "SQLITE_PATH=/database/", "which is on no disk"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "path", "old", "new", "told"), parameters(DISK_FAULTS))
def test_faults_of_disks_are_found(
    name: str,
    path: str,
    old: str,
    new: str,
    told: str,
    rendered: Render,
    tmp_path: Path,
    run: Callable[[str, Path], str],
) -> None:
    project = shutil.copytree(rendered(database="sqlite", cache="none", tracing="none"), tmp_path / "shop")
    run(name, project)
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    build_tree(project, {path: text.replace(old, new)})
    with pytest.raises(Failed) as failed:
        run(name, project)
    assert told in failed.value.detail


def test_an_autoscaler_adds_no_pods_to_a_disk(
    rendered: Render, tmp_path: Path, run: Callable[[str, Path], str]
) -> None:
    project = shutil.copytree(rendered(database="sqlite", cache="none", tracing="none"), tmp_path / "shop")
    scaler = (rendered() / COMPONENTS / "autoscaling" / "horizontalpodautoscaler.yaml").read_text()
    base = (project / BASE / "kustomization.yaml").read_text(encoding="utf-8")
    added = base.replace("  - service.yaml\n", "  - service.yaml\n  - scaler.yaml\n")
    build_tree(project, {f"{BASE}/kustomization.yaml": added, f"{BASE}/scaler.yaml": scaler})
    with pytest.raises(Failed, match="HorizontalPodAutoscaler shop adds pods"):
        run("selectors", project)


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
@pytest.mark.parametrize("answers", [{}, {"deploy": "helm", "database": "mongodb", "auth": "oidc"}])
def test_the_secrets_in_the_store_are_those_of_terraform(
    cloud: str, answers: dict[str, Any], rendered: Render, tmp_path: Path, run: Callable[[str, Path], str]
) -> None:
    project = shutil.copytree(rendered(cloud=cloud, **answers), tmp_path / "shop")
    run("secret-store", project)
    locals_file = "deployments/terraform/locals.tf"
    text = (project / locals_file).read_text(encoding="utf-8")
    build_tree(project, {locals_file: text.replace('"shop-"', '"store-"')})
    with pytest.raises(Failed, match=r"ExternalSecret shop: Terraform creates no secret shop-redis-url"):
        run("secret-store", project)
    build_tree(project, {locals_file: text.replace("secret_prefix", "prefix")})
    with pytest.raises(Failed, match="doesn't set secret_prefix"):
        run("secret-store", project)


def test_browsers_reach_the_public_url(
    rendered: Render, tmp_path: Path, run: Callable[[str, Path], str]
) -> None:
    project = tmp_path / "shop"
    shutil.copytree(rendered(**VARIANTS["mongodb, an OpenID provider, and Zipkin"]), project)
    path = f"{OVERLAYS}/production/kustomization.yaml"
    text = (project / path).read_text(encoding="utf-8")
    build_tree(project, {path: text.replace("value: shop.example.com", "value: www.example.com")})
    with pytest.raises(Failed, match=r"the routes are for www\.example\.com"):
        run("deployed-settings", project)


def test_a_setting_can_be_replaced_by_its_alternative(
    rendered: Render, tmp_path: Path, run: Callable[[str, Path], str]
) -> None:
    project = shutil.copytree(rendered(), tmp_path / "shop")
    for path in (project / "deployments" / "kubernetes").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("JWT_SECRET", "JWT_PRIVATE_KEY").replace("jwt-secret", "jwt-private-key")
        )
    run("deployed-settings", project)


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "2"}}, False),
        ({"matchLabels": {"b": "1"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}, True),
    ],
)
def test_selectors_select_as_in_kubernetes(selector: dict[str, Any], selected: bool) -> None:
    assert matches(selector, {"a": "1"}) is selected


def test_schemas_of_custom_resources_have_no_unknown_properties() -> None:
    text = {"type": "string"}
    free = {"type": "object", "properties": {"x": text}, "x-kubernetes-preserve-unknown-fields": True}
    schema = {
        "properties": {
            "list": {"items": {"properties": {"x": text}}},
            "map": {"additionalProperties": {"properties": {}}},
            "free": free,
        }
    }
    assert strict(schema) == {
        "properties": {
            "list": {"items": {"properties": {"x": text}, "additionalProperties": False}},
            "map": {"additionalProperties": {"properties": {}, "additionalProperties": False}},
            "free": free,
        },
        "additionalProperties": False,
    }
