"""Each check passes for a correct service, and fails for a service with a bug."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from gowright.verify.checks import CHECKS
from gowright.verify.checks.auth import accounts
from gowright.verify.checks.operations import limits
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed
from tests.verify import test_services as real
from tests.verify.fake.clock import CLOCK

RUN = {check.name: check.run for check in CHECKS}
MakeHarness = Callable[[str], Harness]

#: What breaks each check: a bug of the fake service, and a word that the finding must have.
BUGS = (
    ("openapi", "nothing-required", "require different fields: customer"),
    ("openapi", "no-maximum", "allows total 1001"),
    ("openapi", "no-longest", "allows code 'xxxx"),
    ("openapi", "any-status", "allows status 'new_paid'"),
    ("docs", "docs-from-afar", "another host"),
    ("docs", "docs-stay", "DOCS_ENABLED=false"),
    ("headers", "no-nosniff", "x-content-type-options"),
    ("cors", "any-origin", "evil.example.net"),
    ("methods", "no-allow", "Allow is None"),
    ("not-found", "html-errors", "problem+json"),
    ("two-ports", "one-port", "public port"),
    ("crud", "no-location", "Location"),
    ("crud", "same-version", "version"),
    ("crud", "untrue-document", "violates the spec"),
    ("unique", "not-unique", "not 409"),
    ("unique", "unique-for-all", "only another user"),
    ("conditional-reads", "no-304", "not 304"),
    ("pagination", "repeats", "27 of 21"),
    ("pagination", "forgets", "of 21 objects"),
    ("filters", "no-filters", "returned"),
    ("validation", "ignores-unknown", "no_such_field"),
    ("validation", "no-fields", "does not name"),
    ("malformed", "lenient-json", "not 400"),
    ("malformed", "hungry", "MiB to reject"),
    ("path-ids", "id-404", "not 400"),
    ("body-limit", "no-body-limit", "not 413"),
    ("etags", "no-if-match", "not 400"),
    ("etags", "weak-matches", "not 412"),
    ("patch", "patch-replaces", "(code) returned 422, not 200"),
    ("patch", "patch-keeps", "not 422"),
    ("patch", "any-patch", "not 415"),
    ("not-found", "no-types", "urn:problem:"),
    ("two-writers", "lost-updates", "not one 200"),
    ("many-writers", "lost-updates", "lost"),
    ("unique-race", "not-unique", "of one owner"),
    ("unique-race", "unique-for-all", "of one owner"),
    ("fresh-reads", "stale-reads", "was written"),
    ("registration", "common-passwords", "not 422"),
    ("sessions", "reuse", "not 401"),
    ("sessions", "session-lives", "an older token"),
    ("sessions", "no-logout", "logged out"),
    ("refresh-grace", "endless-grace", "exchanged more than"),
    ("refresh-grace", "one-winner", "not 200"),
    ("parallel-refresh", "one-winner", "were refused"),
    ("parallel-refresh", "new-each-time", "different tokens"),
    ("last-login", "forgets-logins", "after another sign-in"),
    ("last-login", "refresh-is-login", "after a refresh"),
    ("own-sessions", "shows-all-sessions", "three sign-ins"),
    ("own-sessions", "ends-others-sessions", "of another user"),
    ("own-sessions", "ends-nothing", "all sessions were ended"),
    ("password-change", "any-password-changes", "wrong current_password"),
    ("password-change", "thief-stays", "the password was changed"),
    ("account-deletion", "any-password-deletes", "a wrong password"),
    ("account-deletion", "account-stays", "the account was deleted"),
    ("login", "tells", "unknown account"),
    ("login", "quick-unknown", "the time reveals"),
    ("forged-tokens", "alg-none", "alg=none"),
    ("forged-tokens", "no-expiry", "expired"),
    ("forged-tokens", "any-audience", "audience"),
    ("forged-tokens", "any-issuer", "issuer"),
    ("forged-tokens", "any-type", "the type of"),
    ("closed-routes", "open-list", "not 401"),
    ("closed-routes", "no-logout-route", "the public routes"),
    ("other-peoples-objects", "lists-all", "shows a new user"),
    ("other-peoples-objects", "deletes-others", "not 404"),
    ("other-peoples-objects", "unique-for-all", "only another user"),
    ("administrators", "open-users", "not 403"),
    ("administrators", "anyone-promotes", "as a user"),
    ("administrators", "admin-locks-out", "their own account"),
    ("account-patches", "any-user-patch", "not 415"),
    ("account-patches", "null-keeps", "not 422"),
    ("account-patches", "user-patch-replaces", "changes the role"),
    ("administrators", "disabled-signs-in", "the account is disabled"),
    ("administrators", "disabled-refreshes", "the account is disabled"),
    ("roles", "admins-see-nothing", "as an admin"),
    ("rate-limit", "no-limit", "30 of 30"),
    ("rate-limit", "no-retry-after", "Retry-After"),
    ("login-limit", "no-limit", "many accounts: 30 of 30"),
    ("login-limit", "no-account-limit", "one account: 30 of 30"),
    ("login-limit", "account-locks", "returned 429, not 200"),
    ("spoofed-clients", "believes-headers", "claims another address"),
    ("slow-clients", "slow-clients", "slow client"),
    ("access-log", "no-access-log", "0 access log lines"),
    ("drain", "no-drain", "requests failed"),
    ("drain", "ready-to-the-end", "is not 503"),
    ("drain", "bad-exit", "code 1"),
    ("flush", "forgets-events", "the audit log misses"),
    ("flush", "forgets-queue", "the audit log misses 80 of 80"),
    ("flush", "no-events-wait", "not shown"),
)
BROKEN = dict.fromkeys(name for name, _, _ in BUGS)

#: Live checks that no test has seen fail. The list may only get shorter.
UNTESTED = set(
    """
    no-configuration health encodings keys sign-in sign-in-attacks id-tokens
    return-to cross-site provider-keys session-keys provider-late provider-stopped shared-limit sign-in-limit
    metrics traces cache-traces tls cache-stopped cache-frozen database-stopped database-frozen database-late
    configuration production ports-taken commands
    """.split()
)


@pytest.fixture(autouse=True)
def fake_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks that compare or await times read the clock of the fake service."""
    for module in (accounts, limits):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=CLOCK.read, sleep=CLOCK.sleep))


@pytest.mark.parametrize("name", BROKEN)
def test_a_correct_service_passes(name: str, harness_with: MakeHarness) -> None:
    RUN[name](harness_with(""))


# All together: each waits for what a broken service does not do.
@pytest.mark.slow
@pytest.mark.parametrize(("name", "bug", "told"), BUGS)
def test_a_service_with_a_bug_fails(name: str, bug: str, told: str, harness_with: MakeHarness) -> None:
    with pytest.raises(Failed) as failed:
        RUN[name](harness_with(bug))
    assert told in failed.value.detail


def test_every_live_check_has_a_failing_test_or_is_listed() -> None:
    # These two are in a test below, and in test_containers.py.
    tested = {*BROKEN, "no-secrets", "unprivileged", *(check for *_, check in real.BUGS.values())}
    assert {check.name for check in CHECKS if check.live} - tested == UNTESTED


@pytest.mark.parametrize("bug", ["logs-passwords", "logs-tokens"])
def test_secrets_in_logs_are_found(bug: str, harness_with: MakeHarness) -> None:
    harness = harness_with(bug)
    RUN["registration"](harness)
    RUN["crud"](harness)
    with pytest.raises(Failed, match="contains a secret"):
        RUN["no-secrets"](harness)
