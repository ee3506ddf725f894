"""The conditions under which a check applies to a project."""

from __future__ import annotations

from gowright.model.project import Project
from gowright.verify.backends import backends_of
from gowright.verify.backends.base import DatabaseBackend
from gowright.verify.check import Condition


def both(one: Condition, other: Condition) -> Condition:
    """Applies where two others do."""
    return lambda project: one(project) and other(project)


def resources(project: Project) -> bool:
    """Applies where the service has resources."""
    return bool(project.resources)


def unique_field(project: Project) -> bool:
    """Applies where a field is unique."""
    return any(each.unique for each in project.resources)


def filter_field(project: Project) -> bool:
    """Applies where a list can be filtered."""
    return any(each.filters for each in project.resources)


def request_body(project: Project) -> bool:
    """Applies where a route takes a body."""
    return resources(project) or accounts(project)


def callers(project: Project) -> bool:
    """Applies where the service knows its callers."""
    return "callers" in project.traits


def accounts(project: Project) -> bool:
    """Applies where the service has accounts of its own."""
    return "accounts" in project.traits


def provider(project: Project) -> bool:
    """Applies where users sign in at an OpenID provider."""
    return "provider" in project.traits


def tracing(project: Project) -> bool:
    """Applies where the service exports traces."""
    return "tracing" in project.traits


def metrics_endpoint(project: Project) -> bool:
    """Applies where the service has metrics."""
    return "metrics" in project.traits


def database(project: Project) -> bool:
    """Applies where a database server stores the objects."""
    return "persistent" in project.traits


def stand_in_database(project: Project) -> bool:
    """Applies where the database that verify starts is a stand-in for the one of production."""
    return any(
        issubclass(backend, DatabaseBackend) and backend.managed_lacks for backend, _ in backends_of(project)
    )


def cache(project: Project) -> bool:
    """Applies where the service has a cache server."""
    return "cache" in project.traits


def any_server(project: Project) -> bool:
    """Applies where the service's tests can run on a real server."""
    return database(project) or cache(project)
