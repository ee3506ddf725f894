"""Whole-process comparisons, as ratios of programs that ran side by side."""
