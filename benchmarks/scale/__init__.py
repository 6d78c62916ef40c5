"""How far Punchline goes: formulas from measured times, beside a simulation of the busy hour. docs/scale.md says what follows."""

from benchmarks.scale.section import TITLE, measure, render

__all__ = ["TITLE", "measure", "render"]
