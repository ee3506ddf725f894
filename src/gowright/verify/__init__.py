"""The proof: a project's own tools, and then its service called over HTTP, on real servers."""

from gowright.verify.proof import prepare
from gowright.verify.report import Outcome, Result

__all__ = ["Outcome", "Result", "prepare"]
