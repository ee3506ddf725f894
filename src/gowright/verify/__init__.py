"""Verification of a project: its tools and tests, and requests to its service on real servers."""

from gowright.verify.result import Outcome, Result
from gowright.verify.runner import prepare

__all__ = ["Outcome", "Result", "prepare"]
