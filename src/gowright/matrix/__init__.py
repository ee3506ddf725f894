"""The matrix: the presets, and variants that hold every pair of choices, each of them proved."""
