"""YAML files of the template, which are read when the command line starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

#: The C parser is ten times as fast, and most PyYAML wheels contain it.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises:
        OSError: if the file can't be read.
        YAMLError: if it isn't valid YAML.
    """
    return yaml.load(path.read_bytes(), Loader=LOADER)
