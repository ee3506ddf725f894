"""The images that the template names."""

from __future__ import annotations

import re

from gowright.model.template import Template
from tests.helpers import ROOT, read_yaml

#: Images whose digest isn't known. Renovate adds it in a generated project.
UNPINNED = {"openzipkin/zipkin-slim", "mcr.microsoft.com/devcontainers/go", "google/cloud-sdk"}


def images() -> set[str]:
    """The images of versions.yml, and those of the choices."""
    found = set(read_yaml(ROOT / "versions.yml")["images"].values())
    template = Template.head()
    for feature in template.features():
        for choice in feature.values:
            facts = template.facts(feature.name, choice)
            found |= {each.image for each in (facts.server, facts.collector) if each}
    return found


def test_images_have_a_version_and_a_digest() -> None:
    pinned = {image for image in images() if re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image)}
    rest = images() - pinned
    assert {image.partition(":")[0] for image in rest} == UNPINNED
    assert all(re.search(r":[\w.-]+$", image) and not image.endswith(":latest") for image in rest)


def test_a_digest_belongs_to_one_image() -> None:
    digests = [image.partition("@")[2] for image in images() if "@" in image]
    assert len(digests) == len(set(digests))
