"""Render the presets into ``examples/``, where they're committed.

python scripts/examples.py
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gowright.commands.create import create
from gowright.commands.spec import ProjectSpec
from gowright.model.template import Template

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

NAMES = {"minimal": "hello-api", "standard": "shop-api", "full": "market-api"}

#: What the examples store instead of the resources of their preset. It shows the references between resources.
RESOURCES = {
    "standard": (
        "customer email:string:required:unique:max=254 name:string:required:max=120:sort:search",
        "order customer:ref=customer:required:on_delete=cascade invoice_to:ref=customer:on_delete=set_null "
        "total:decimal:required:min=0:sort:range status:enum=new|paid|sent:index note:text:search",
    )
}


def render(into: Path) -> Iterator[Path]:
    """Create one project per preset in a folder, and yield their paths."""
    template = Template.head()
    for preset in template.presets():
        spec = ProjectSpec(
            path=into / preset.name,
            flags={
                "project_name": NAMES[preset.name],
                "module_path": f"example.com/{NAMES[preset.name]}",
                "description": f"The {preset.name} preset of gowright.",
            },
            preset=preset.name,
            resources=list(RESOURCES.get(preset.name, ())),
            commit=False,
        )
        yield create(spec, template).path


def main() -> None:
    """Replace the examples."""
    EXAMPLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gowright-examples-") as folder:
        for project in render(Path(folder)):
            shutil.rmtree(EXAMPLES / project.name, ignore_errors=True)
            shutil.move(project, EXAMPLES / project.name)
            print(f"examples/{project.name}")


if __name__ == "__main__":
    main()
