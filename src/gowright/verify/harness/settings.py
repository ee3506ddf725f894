"""The settings of a service, read from the Go source of its package config."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gowright.verify.outcomes import Failed

PACKAGE = "internal/config"
#: The suffix of a variable that names a file with the value of a setting.
FILE_SUFFIX = "_FILE"

#: Variables that the Go runtime, the standard library, and the OpenTelemetry SDK read.
_LIBRARIES = {
    *("GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK"),
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE", "TZ"),
    *("OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
    *(
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    ),
    "OTEL_EXPORTER_OTLP_COMPRESSION",
}

_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
_FIELD = re.compile(r"^\t(\w+)[ \t]+([^`\n]+?)[ \t]+`([^`]*)`", re.M)
_TAG = re.compile(r'(\w+):"((?:[^"\\]|\\.)*)"')
_DEFAULTS = re.compile(r"^func \((\w+) \*(\w+)\) setDefaults\((\w+) Env\) \{\n(.*?)^\}", re.M | re.S)
_BRANCH = re.compile(r"if (\w+) == (Development|Production) \{")
_DURATION = re.compile(r"(\d+) \* time\.(Millisecond|Second|Minute|Hour)")
_UNITS = {"Millisecond": "ms", "Second": "s", "Minute": "m", "Hour": "h"}
#: The value of a field that nothing sets, by its type; a text is empty.
_ZERO = {"bool": "false", "time.Duration": "0s", "int": "0", "int32": "0", "int64": "0", "float64": "0"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting.

    Attributes:
        name: the environment variable.
        type: the Go type of the field.
        development: the default in development, as text; None if the source doesn't state it as a literal.
        production: the same in production.
    """

    name: str
    type: str
    development: str | None
    production: str | None

    @property
    def secret(self) -> bool:
        """Report whether the value is redacted in logs."""
        return self.type == "Secret"


Settings = Mapping[str, Setting]


def read_settings(root: Path) -> Settings:
    """Return the settings of the service by their variables.

    A setting is a field with a tag `env` in a struct of internal/config. Its default is in the tag
    `envDefault` or in the method setDefaults of the struct; otherwise, it's the zero value of the type.

    Args:
        root: the folder of the project.

    Raises:
        Failed: if the package has no settings.
    """
    files = sorted(path for path in (root / PACKAGE).glob("*.go") if not path.name.endswith("_test.go"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    computed = {
        (section, field, env): value
        for receiver, section, parameter, body in _DEFAULTS.findall(source)
        for field, env, value in _assignments(receiver, parameter, body)
    }
    settings = {}
    for section, body in _STRUCT.findall(source):
        for field, go_type, tags in _FIELD.findall(body):
            tag = dict(_TAG.findall(tags))
            if name := tag.get("env", "").partition(",")[0]:
                zero = _ZERO.get(go_type, "")
                development, production = (
                    tag.get("envDefault") or computed.get((section, field, env), zero)
                    for env in ("Development", "Production")
                )
                settings[name] = Setting(name, go_type, development, production)
    if not settings:
        raise Failed(f'{PACKAGE}: no field has a tag env:"..."')
    return settings


def unknown_variables(settings: Settings, names: Iterable[str]) -> list[str]:
    """The variables among `names` that neither the service nor its libraries read, sorted.

    `NAME_FILE`, the file with the value of `NAME`, is one that the service reads.
    """
    return sorted(
        name
        for name in set(names)
        if not {name, name.removesuffix(FILE_SUFFIX)} & settings.keys() and name not in _LIBRARIES
    )


def value_of(settings: Settings, name: str, environment: Mapping[str, str]) -> str | None:
    """The value of a setting in an environment of the service.

    Args:
        settings: the settings of the service.
        name: the variable.
        environment: the variables that are set. `APP_ENV` selects the defaults.

    Returns:
        The value, or None if it isn't set and the source doesn't state the default as a literal.
    """
    if environment.get(name):
        return environment[name]
    setting = settings[name]
    kind = environment.get("APP_ENV") or settings["APP_ENV"].development
    return setting.production if kind == "production" else setting.development


def ports(settings: Settings, environment: Mapping[str, str]) -> dict[str, int]:
    """The ports that a service with an environment listens on, by the name of the listener.

    Returns:
        The ports of the listeners `http` (HTTP_ADDR) and `admin` (ADMIN_ADDR). A listener is left out if its
        port isn't known.
    """
    found = {}
    for listener, name in (("http", "HTTP_ADDR"), ("admin", "ADMIN_ADDR")):
        port = (value_of(settings, name, environment) or "").rpartition(":")[2]
        if port.isdigit():
            found[listener] = int(port)
    return found


def seconds(duration: str) -> float:
    """The seconds of a Go duration such as `1m30s`.

    Raises:
        ValueError: if it isn't a duration.
    """
    parts = re.findall(r"([\d.]+)(ms|h|m|s)", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"{duration!r} is not a duration")
    return sum(float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit] for number, unit in parts)


def _assignments(receiver: str, parameter: str, body: str) -> Iterator[tuple[str, str, str | None]]:
    """The fields that a method setDefaults sets, each with the environment and the value."""
    environments: tuple[str, ...] = ("Development", "Production")
    for line in body.splitlines():
        if branch := _BRANCH.fullmatch(line.strip()):
            environments = (branch[2],) if branch[1] == parameter else ()
        elif line.strip() == "} else {":
            environments = tuple({"Development", "Production"}.difference(environments))
        elif line.strip() == "}":
            environments = ("Development", "Production")
        elif assigned := re.fullmatch(rf"\t+{receiver}\.(\w+) = (.+)", line):
            for env in environments:
                yield assigned[1], env, _literal(assigned[2], parameter, env)


def _literal(expression: str, parameter: str, env: str) -> str | None:
    """The value of a Go expression as text, or None if it isn't a literal or a test of the environment."""
    if compared := re.fullmatch(rf"{parameter} == (Development|Production)", expression):
        return str(compared[1] == env).lower()
    if duration := _DURATION.fullmatch(expression):
        return duration[1] + _UNITS[duration[2]]
    if quoted := re.fullmatch(r'"([^"\\]*)"', expression):
        return quoted[1]
    return expression if re.fullmatch(r"true|false|[\d.]+", expression) else None
