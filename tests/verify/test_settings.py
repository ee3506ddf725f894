"""The settings of a service as its Go source states them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.verify.harness.settings import ports, read_settings, seconds, unknown_variables, value_of
from gowright.verify.outcomes import Failed
from tests.conftest import Render
from tests.helpers import build_tree

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "mongodb, an OpenID provider, and Zipkin": {"database": "mongodb", "auth": "oidc", "tracing": "zipkin"},
    "GORM": {"database": "postgres-gorm", "cache": "none", "tracing": "none", "resources": []},
    "nothing else": {"database": "memory", "cache": "none", "auth": "none", "tracing": "none"},
}

SOURCE = """\
package config

type Server struct {
	Addr string `env:"ADDR" envDefault:":80"`

	Token Secret        `json:"-" env:"TOKEN,unset"`
	Delay time.Duration `env:"DELAY"`
	Fast  bool          `env:"FAST"`
	Size  int           `env:"SIZE"`
	Host  string        `env:"HOST"`

	other string
}

func (s *Server) setDefaults(env Env) {
	s.Delay = 5 * time.Minute
	s.Fast = env == Production
	if env == Development {
		s.Size = 3
	} else {
		s.Size = 4
	}
	s.Host = hostname()
}
"""


@pytest.fixture(params=VARIANTS)
def project(request: pytest.FixtureRequest, rendered: Render) -> Path:
    return rendered(**VARIANTS[request.param])


def test_the_settings_are_those_that_the_documentation_lists(project: Path) -> None:
    document = (project / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.*) \|$", document, re.M)
    settings = read_settings(project)
    assert sorted(settings) == sorted(name for name, _, _ in rows)
    for name, default, text in rows:
        in_production = re.search(r"In production, the default is `([^`]*)`", text)
        expected = (default, in_production[1] if in_production else default)
        # These have no default in production.
        if name != "APP_ENV" and "equired in production" not in text:
            assert (settings[name].development, settings[name].production) == expected, name


def test_the_secrets_are_those_of_the_facts(project: Path) -> None:
    settings = read_settings(project)
    facts = read_project(project).facts.values()
    secret = {each.name for choice in facts for each in choice.variables if each.secret}
    # Their type keeps these out of the log, but no deployment sets them.
    others = {"JWT_PREVIOUS_PUBLIC_KEY", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"}
    assert {name for name, each in settings.items() if each.secret} - others == secret


def test_defaults_come_from_tags_and_from_the_method(tmp_path: Path) -> None:
    settings = read_settings(build_tree(tmp_path, {"internal/config/config.go": SOURCE}))
    assert {name: (each.development, each.production) for name, each in settings.items()} == {
        "ADDR": (":80", ":80"),
        "TOKEN": ("", ""),
        "DELAY": ("5m", "5m"),
        "FAST": ("false", "true"),
        "SIZE": ("3", "4"),
        "HOST": (None, None),
    }
    assert settings["TOKEN"].secret


def test_a_package_without_settings_fails(tmp_path: Path) -> None:
    build_tree(tmp_path, {"internal/config/config.go": "package config\n"})
    with pytest.raises(Failed, match='no field has a tag env:"'):
        read_settings(tmp_path)


def test_the_environment_goes_before_the_defaults(rendered: Render) -> None:
    settings = read_settings(rendered())
    assert value_of(settings, "SHUTDOWN_DELAY", {}) == "0s"
    assert value_of(settings, "SHUTDOWN_DELAY", {"APP_ENV": "production"}) == "5s"
    assert value_of(settings, "SHUTDOWN_DELAY", {"APP_ENV": "production", "SHUTDOWN_DELAY": "1s"}) == "1s"


def test_a_variable_that_nothing_reads_is_unknown(rendered: Render) -> None:
    known = [
        "DATABASE_URL",
        "DATABASE_URL_FILE",
        "TLS_CERT_FILE",
        "GOMEMLIMIT",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ]
    unknown = ["DATABASE_URI", "FILE", "_FILE", "OTEL_EXPORTER_ENDPOINT"]
    assert unknown_variables(read_settings(rendered()), known + unknown) == sorted(unknown)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, {"http": 8080, "admin": 9090}),
        ({"APP_ENV": "production"}, {"http": 8080, "admin": 9090}),
        ({"HTTP_ADDR": "[::1]:1234", "ADMIN_ADDR": "unix"}, {"http": 1234}),
    ],
)
def test_the_ports_follow_the_environment(
    rendered: Render, environment: dict[str, str], expected: dict[str, int]
) -> None:
    assert ports(read_settings(rendered()), environment) == expected


def test_durations_are_in_seconds() -> None:
    assert [seconds(each) for each in ("100ms", "20s", "1m30s", "1.5h")] == [0.1, 20, 90, 5400]
    for wrong in ("", "5", "5 s", "soon"):
        with pytest.raises(ValueError, match="is not a duration"):
            seconds(wrong)
