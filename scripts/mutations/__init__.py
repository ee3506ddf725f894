"""Defects of generated services that must be noticed: those of the code by the tests of the service, others by verify."""
