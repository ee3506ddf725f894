"""All commands. Importing a module adds its command to the app; this order is the order in the help."""

# isort: off
from gowright.cli.app import app
from gowright.cli import new
from gowright.cli import listing
from gowright.cli import check
from gowright.cli import doctor
from gowright.cli import verify
from gowright.cli import matrix

__all__ = ["app", "check", "doctor", "listing", "matrix", "new", "verify"]
