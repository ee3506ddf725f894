"""The matrix: the presets, and variants that hold every pair of choices, each of them proved."""

from gowright.matrix.report import STATIC, Report, github_matrix, listing
from gowright.matrix.session import Interrupted, Run, some_seed
from gowright.matrix.runner import Checked, Event, Orders, Proved, Started
from gowright.matrix.variants import Matrix, Selection, Shard, Variant, matrix

__all__ = [
    "STATIC",
    "Checked",
    "Event",
    "Interrupted",
    "Matrix",
    "Orders",
    "Proved",
    "Report",
    "Run",
    "Selection",
    "Shard",
    "Started",
    "Variant",
    "github_matrix",
    "listing",
    "matrix",
    "some_seed",
]
