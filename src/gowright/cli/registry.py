"""All commands. Importing a module adds its command to the app; this order is the order in the help."""

# isort: off
from gowright.cli.app import app
from gowright.cli import new
from gowright.cli import listing
from gowright.cli import update
from gowright.cli import set
from gowright.cli import resources
from gowright.cli import diff
from gowright.cli import check
from gowright.cli import doctor
from gowright.cli import verify
from gowright.cli import matrix
from gowright.cli import template

__all__ = [
    "app",
    "check",
    "diff",
    "doctor",
    "listing",
    "matrix",
    "new",
    "resources",
    "set",
    "template",
    "update",
    "verify",
]
