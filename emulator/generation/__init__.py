"""A synthetic population: made-up people and what they did, as a fixture folder of any size.

Whoever is asked for twice is the same: a person is a function of the seed and their number.
"""

from emulator.generation.folder import GenerationError, Totals, generate

__all__ = ["GenerationError", "Totals", "generate"]
