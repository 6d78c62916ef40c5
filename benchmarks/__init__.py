"""What is measured, how, and against what; `python -m benchmarks` writes the results to docs/benchmarks.md."""
