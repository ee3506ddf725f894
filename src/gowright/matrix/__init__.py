"""The matrix: verifies the presets and a set of variants that covers every pair of choices."""

from gowright.matrix.jobs import static_checks
from gowright.matrix.report import Report, github_matrix, listing
from gowright.matrix.runner import Checked, Event, RunOptions, Started, Verified
from gowright.matrix.session import Interrupted, Session, random_seed
from gowright.matrix.variants import Matrix, Selection, Shard, Variant, matrix

__all__ = [
    "Checked",
    "Event",
    "Interrupted",
    "Matrix",
    "RunOptions",
    "Verified",
    "Report",
    "Selection",
    "Session",
    "Shard",
    "Started",
    "Variant",
    "github_matrix",
    "listing",
    "matrix",
    "random_seed",
    "static_checks",
]
