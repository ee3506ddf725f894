"""The conditions under which a check applies to a project."""

from __future__ import annotations

from gowright.model.project import Project
from gowright.verify.backends import backends_of
from gowright.verify.backends.base import DatabaseBackend
from gowright.verify.check import Condition


def both(one: Condition, other: Condition) -> Condition:
    """Applies if two conditions apply."""
    return lambda project: one(project) and other(project)


def resources(project: Project) -> bool:
    """Applies if the service has resources."""
    return bool(project.resources)


def unique_field(project: Project) -> bool:
    """Applies if a field is unique."""
    return any(each.unique for each in project.resources)


def filter_field(project: Project) -> bool:
    """Applies if a list can be filtered."""
    return any(each.filters for each in project.resources)


def search_field(project: Project) -> bool:
    """Applies if a list can be searched."""
    return any(each.searches for each in project.resources)


def references(project: Project) -> bool:
    """Applies if a resource refers to one."""
    return any(each.references for each in project.resources)


def request_body(project: Project) -> bool:
    """Applies if a route has a request body."""
    return resources(project) or accounts(project)


def callers(project: Project) -> bool:
    """Applies if the service authenticates its callers."""
    return "callers" in project.traits


def accounts(project: Project) -> bool:
    """Applies if the service has accounts."""
    return "accounts" in project.traits


def provider(project: Project) -> bool:
    """Applies if users sign in at an OpenID provider."""
    return "provider" in project.traits


def tracing(project: Project) -> bool:
    """Applies if the service exports traces."""
    return "tracing" in project.traits


def metrics_endpoint(project: Project) -> bool:
    """Applies if the service has metrics."""
    return "metrics" in project.traits


def database(project: Project) -> bool:
    """Applies if the service has a database."""
    return "persistent" in project.traits


def database_server(project: Project) -> bool:
    """Applies if the database of the service is a server."""
    return "remote" in project.traits


def stand_in_database(project: Project) -> bool:
    """Applies if the database that verify starts is a stand-in for the real one."""
    return any(
        issubclass(backend, DatabaseBackend) and backend.managed_lacks for backend, _ in backends_of(project)
    )


def kubernetes(project: Project) -> bool:
    """Applies if there are Kubernetes manifests."""
    return "kubernetes" in project.traits


def cache(project: Project) -> bool:
    """Applies if the service has a cache server."""
    return "cache" in project.traits


def any_server(project: Project) -> bool:
    """Applies if the tests of the service can use a server."""
    return database_server(project) or cache(project)


def pipelines(project: Project) -> bool:
    """Applies if the project has pipelines."""
    return "ci" in project.traits


def hooks(project: Project) -> bool:
    """Applies if the project has git hooks."""
    return "hooks" in project.traits


def cloud(project: Project) -> bool:
    """Applies if Terraform sets up a cloud."""
    return "cloud" in project.traits
