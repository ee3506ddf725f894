"""Comparisons of whole processes that run side by side, reported as ratios."""
