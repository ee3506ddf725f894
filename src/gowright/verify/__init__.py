"""The proof: a project's own tools, and then its service called over HTTP, on real servers."""

from gowright.verify.result import Outcome, Result
from gowright.verify.runner import prepare

__all__ = ["Outcome", "Result", "prepare"]
