"""The store from which Kubernetes gets secrets, and which Terraform fills."""

from __future__ import annotations

import re
from pathlib import Path

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import both, cloud, kubernetes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.infrastructure import FOLDER
from gowright.verify.harness.manifests import title
from gowright.verify.outcomes import Failed, fail_on

#: What Terraform calls the store: the start of the names, and the names of variables and of files.
_PREFIX = re.compile(r'^ +secret_prefix += +"([^"$]+)"$', re.M)
_VARIABLE = re.compile(r'"([A-Z][A-Z0-9_]*)"')
_CERTIFICATES = re.compile(r"^ +certificates += ", re.M)


@check(
    "secret-store",
    "the secrets that Kubernetes gets from the store are those that Terraform puts there",
    when=both(kubernetes, cloud),
    reads=Reads.DEPLOYMENT,
)
def secret_store(harness: Harness) -> str:
    """Each key that an ExternalSecret names is the name of a secret that Terraform creates."""
    named = {
        (each.environment, title(external), entry["remoteRef"]["key"])
        for each in harness.manifests.values()
        for external in each.of_kind("ExternalSecret")
        for entry in external["spec"].get("data", [])
    }
    created = _created(harness.project.root / FOLDER) if named else set()
    fail_on(
        f"{environment}: {external}: Terraform creates no secret {key}"
        for environment, external, key in sorted(named)
        if key not in created
    )
    return f"{len({key for _, _, key in named})} secrets"


def _created(folder: Path) -> set[str]:
    """The names of the secrets: those of variables in lower case, after the prefix."""
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("main.tf", "locals.tf", "variables.tf")]
    text = "\n".join(texts)
    prefix = _PREFIX.search(text)
    if prefix is None:
        raise Failed(f"{FOLDER.as_posix()}/locals.tf doesn't set secret_prefix")
    names = {name.lower().replace("_", "-") for name in _VARIABLE.findall(text)}
    if _CERTIFICATES.search(text):
        names.add("certificates")
    return {prefix[1] + name for name in names}
