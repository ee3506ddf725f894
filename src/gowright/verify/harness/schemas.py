"""The JSON schemas of Kubernetes, and of the custom resources that a service uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from gowright.system.yaml_files import LOADER
from gowright.verify.outcomes import Skipped

Schema = dict[str, Any]

_PACKAGE = "kubernetes_validate"
#: The file with the definitions that the schemas share. In the file itself, references are local.
_DEFINITIONS = "/api/_definitions.json"


def require() -> None:
    """Check that the schemas of the built-in kinds are installed.

    Raises:
        Skipped: if not.
    """
    if find_spec(_PACKAGE) is None:
        raise Skipped("the package kubernetes-validate, which holds the schemas, is not installed")


def file_name(api_version: str, kind: str) -> str:
    """The name of a schema as kubeconform expects it, such as deployment-apps-v1.json."""
    group, _, version = api_version.rpartition("/")
    return "-".join(filter(None, (kind.lower(), group.partition(".")[0], version))) + ".json"


@cache
def built_in(version: str, api_version: str, kind: str) -> Schema | None:
    """The strict schema of a built-in kind, or None if this version of Kubernetes doesn't have it.

    Args:
        version: the version of Kubernetes, such as 1.37.0.
        api_version: such as apps/v1.
        kind: such as Deployment.
    """
    path = _folder(version) / file_name(api_version, kind)
    if not path.is_file():
        return None
    schema = json.loads(path.read_text(encoding="utf-8"))
    definitions = _definitions(version)
    found: Schema = {}
    pending = _references(schema)
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = definitions[name]
            pending |= _references(definitions[name])
    local: Schema = json.loads(json.dumps(schema | {"$defs": found}).replace(f'"{_DEFINITIONS}#', '"#'))
    return local


def knows_group(version: str, api_version: str) -> bool:
    """Report whether a version of Kubernetes has built-in kinds in the group of an API version."""
    group, separator, _ = api_version.rpartition("/")
    return not separator or any(_folder(version).glob(f"*-{group.partition('.')[0]}-v*.json"))


def custom(folders: Iterable[Path], api_version: str, kind: str) -> Schema | None:
    """The strict schema of a custom resource, or None if no definition in the folders has it.

    Args:
        folders: folders with custom resource definitions, in files such as GROUP_PLURAL.yaml.
        api_version: such as gateway.networking.k8s.io/v1.
        kind: such as HTTPRoute.
    """
    group, _, version = api_version.rpartition("/")
    for path in (path for folder in folders for path in folder.glob(f"{group}_{kind.lower()}*.yaml")):
        for definition in yaml.load_all(path.read_bytes(), Loader=LOADER):
            if definition and definition["spec"]["names"]["kind"] == kind:
                for each in definition["spec"]["versions"]:
                    if each["name"] == version:
                        return strict(each["schema"]["openAPIV3Schema"])
    return None


def strict(schema: Schema) -> Schema:
    """The schema of a custom resource without unknown properties, which the API server would remove."""
    copy = dict(schema)
    if "properties" in schema:
        copy["properties"] = {name: strict(each) for name, each in schema["properties"].items()}
        if not schema.keys() & {"additionalProperties", "x-kubernetes-preserve-unknown-fields"}:
            copy["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            copy[key] = strict(schema[key])
    return copy


def _references(schema: Schema) -> set[str]:
    return set(re.findall(r'#/\$defs/([^"]+)"', json.dumps(schema)))


def _folder(version: str) -> Path:
    # Wheels are installed as files.
    schemas = Path(str(files(_PACKAGE))) / "kubernetes-json-schema"
    return schemas / f"v{version}-local-strict"


@cache
def _definitions(version: str) -> Schema:
    definitions: Schema = json.loads((_folder(version) / "_definitions.json").read_text(encoding="utf-8"))
    return definitions["$defs"]  # type: ignore[no-any-return]
