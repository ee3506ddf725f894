"""Every check there is, in the order in which they run: the quick and the telling ones first."""

from __future__ import annotations

from collections.abc import Callable

from gowright.verify.check import Check
from gowright.verify.checks import (
    access,
    accounts,
    commands,
    contract,
    invalid,
    limits,
    lists,
    logs,
    outages,
    panics,
    provider,
    races,
    resources,
    shutdown,
    signin,
    startup,
    surface,
    telemetry,
    tls,
    tokens,
    tools,
)
from gowright.verify.backends.database import kinds as databases
from gowright.model.project import Project

Applies = Callable[[Project], bool]


def has(feature: str, *choices: str) -> Applies:
    """Applies where a feature has one of the choices; without choices, any but none."""
    return lambda project: project.has(feature, *choices)


def both(one: Applies, other: Applies) -> Applies:
    """Applies where two others do."""
    return lambda project: one(project) and other(project)


def resource(project: Project) -> bool:
    """Applies where there is something to store."""
    return bool(project.resources)


def unique_field(project: Project) -> bool:
    """Applies where a field's values are unique."""
    return any(each.unique for each in project.resources)


def filter_field(project: Project) -> bool:
    """Applies where a list can be filtered."""
    return any(each.filters for each in project.resources)


def body(project: Project) -> bool:
    """Applies where some route takes a body."""
    return resource(project) or jwt(project)


def database(project: Project) -> bool:
    """Applies where a server keeps the data."""
    return databases.kind(project) is not None


def stood_in_for(project: Project) -> bool:
    """Applies where the database server that verify starts is not the one of production."""
    kind = databases.kind(project)
    return kind is not None and kind.lacks != ""


def server(project: Project) -> bool:
    """Applies where a real server can stand behind the tests."""
    return database(project) or redis(project)


jwt = has("auth", "jwt")
oidc = has("auth", "oidc")
callers = has("auth")
redis = has("cache", "redis")
prometheus = has("metrics", "prometheus")
tracing = has("tracing")

CHECKS = (
    Check("format", "gofmt has nothing to change", tools.formatted, live=False),
    Check("tidy", "go.mod and go.sum are tidy", tools.tidy, live=False),
    Check("modules", "the modules are the ones that go.sum names", tools.modules, live=False),
    Check("build", "the program builds", tools.build, live=False),
    Check("vet", "go vet finds nothing", tools.vet, live=False),
    Check("lint", "golangci-lint finds nothing", tools.lint, live=False),
    Check("unit-tests", "its own tests pass", tools.unit_tests, live=False),
    Check("race", "its own tests pass under the race detector", tools.race, live=False),
    Check("integration-tests", "its own tests pass on real servers", tools.integration_tests, server),
    Check(
        "real-database",
        "its own tests run on the real database",
        tools.real_database,
        stood_in_for,
        optional=True,
    ),
    Check("with-nothing", "started with nothing set, it answers", startup.with_nothing),
    Check("health", "it lives and is ready", surface.health),
    Check("document", "its OpenAPI document is valid and complete", contract.document),
    Check("docs", "its documentation needs no other host", surface.documentation),
    Check("headers", "every answer carries the security headers", surface.headers),
    Check("cors", "only the allowed origin may call from a browser", surface.cors),
    Check("methods", "other methods are refused with the right ones", surface.methods),
    Check("not-found", "unknown paths are problems, not pages", surface.not_found),
    Check("two-ports", "operators and clients have a port each", surface.two_ports),
    Check("crud", "objects are created, read, changed and deleted", resources.crud, resource),
    Check("unique", "unique values are unique", resources.unique, unique_field),
    Check(
        "conditional-reads",
        "unchanged objects are not sent again",
        resources.conditional_reads,
        resource,
    ),
    Check("pagination", "page by page, every object is seen once", lists.pagination, resource),
    Check("filters", "lists are filtered by exact values", lists.filters, filter_field),
    Check("validation", "wrong fields are refused by name", invalid.validation, resource),
    Check("malformed", "what is no JSON object is refused", invalid.malformed, body),
    Check("encodings", "text is UTF-8", invalid.encodings, resource),
    Check("path-ids", "ids that cannot be are refused", invalid.path_ids, resource),
    Check("body-limit", "bodies beyond the limit are refused", invalid.body_limit, body),
    Check("etags", "stale writers are refused", races.etags, resource),
    Check("two-writers", "of writers with one version, one wins", races.two_writers, resource),
    Check("many-writers", "no write is lost", races.many_writers, resource),
    Check("unique-race", "of equal creations at once, one succeeds", races.unique_race, unique_field),
    Check("fresh-reads", "what was written is what is read", races.fresh_reads, resource),
    Check("registration", "accounts are made once, and no administrators", accounts.registration, jwt),
    Check("sessions", "register, login, refresh, reuse detected, logout", accounts.sessions, jwt),
    Check("parallel-refresh", "a refresh token works once", accounts.parallel_refresh, jwt),
    Check("login", "logins tell nothing about accounts", accounts.login_tells_nothing, jwt, timed=True),
    Check("keys", "keys can be secrets, and can be changed", accounts.keys, jwt),
    Check("sign-in", "who signs in at the provider has a session, until they sign out", signin.sign_in, oidc),
    Check("sign-in-attacks", "a sign-in is finished once, by who began it", signin.attacks, oidc),
    Check("sign-in-proofs", "ID tokens that are not for this sign-in are refused", signin.proofs, oidc),
    Check("return-to", "signing in leads to no other site", signin.return_to, oidc),
    Check("cross-site", "pages of other sites change nothing", signin.cross_site, oidc),
    Check(
        "provider-keys",
        "new keys are found, and made-up ones not looked for",
        provider.keys,
        oidc,
        timed=True,
    ),
    Check("session-keys", "the key of the sessions can be changed", provider.session_keys, oidc, timed=True),
    Check("forged-tokens", "forged, expired and foreign tokens are refused", tokens.forged_tokens, callers),
    Check("closed-routes", "every route asks for a token", access.closed_routes, callers),
    Check(
        "other-peoples-objects",
        "someone else's objects do not exist",
        access.other_peoples_objects,
        both(callers, resource),
    ),
    Check("administrators", "administrators' routes are closed to users", access.administrators, jwt),
    Check("rate-limit", "who calls too often has to wait", limits.rate_limit, timed=True),
    Check("spoofed-clients", "claiming another address buys nothing", limits.spoofed_clients, timed=True),
    Check("shared-limit", "replicas share the limits", limits.shared_limit, redis, timed=True),
    Check("login-limit", "passwords cannot be guessed at speed", limits.login_limit, jwt, timed=True),
    Check("sign-in-limit", "sign-ins are limited", signin.limit, oidc, timed=True),
    Check("slow-clients", "clients that send nothing are shown the door", surface.slow_clients, timed=True),
    Check("panic", "a panic is a problem, and ends nothing", panics.panics, resource),
    Check("metrics", "calls are counted by route", telemetry.metrics, prometheus),
    Check("traces", "every call is one trace", telemetry.traces, tracing),
    Check(
        "cache-traces",
        "what is cached is not asked again",
        telemetry.cache_traces,
        both(redis, both(tracing, resource)),
    ),
    Check("access-log", "every request is one line of JSON", logs.access_log),
    Check("tls", "TLS is modern, and certificates change", tls.tls, timed=True),
    Check("cache-stopped", "without Redis it still answers", outages.cache_stopped, redis, timed=True),
    Check("cache-frozen", "with a silent Redis it still answers", outages.cache_frozen, redis, timed=True),
    Check(
        "database-stopped",
        "without its database it waits, and recovers",
        outages.database_stopped,
        database,
        timed=True,
    ),
    Check(
        "database-frozen",
        "with a silent database it refuses in time",
        outages.database_frozen,
        database,
        timed=True,
    ),
    Check(
        "database-late", "started before its database, it waits", outages.database_late, database, timed=True
    ),
    Check("provider-late", "started before the provider, it waits", provider.late, oidc, timed=True),
    Check(
        "provider-stopped",
        "without the provider, what is known stays known",
        provider.stopped,
        oidc,
        timed=True,
    ),
    Check("configuration", "mistakes in the configuration are told at once", startup.configuration),
    Check("production", "with its secrets in files, it runs in production", startup.production),
    Check("ports-taken", "on a port that is taken, it gives up", startup.ports_taken),
    Check("commands", "the commands of containers and operators work", commands.commands),
    Check("migrations", "replicas migrate at once, and nothing breaks", commands.migrations, database),
    Check("drain", "SIGTERM under load loses no call", shutdown.drain),
    Check("finishes", "what was begun is finished before the end", shutdown.finishes),
    Check("no-secrets", "no log of this run holds a secret", logs.no_secrets),
)
