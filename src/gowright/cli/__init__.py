"""The command line: converts arguments to function calls, and results to output."""
