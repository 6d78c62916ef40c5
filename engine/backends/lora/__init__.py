"""Real weights: any causal chat model, tuned with LoRA and served with its adapters. The only room that knows torch."""

import os

# For the processes started from here: no bars and no advice in the engine's log. Threads that wait for one another spin for some
# microseconds only (GNU OpenMP), elsewhere not at all. On two cores a training step takes 0.69 s so, 1.06 s without spinning and
# 0.66 s with as much as by default; beside one busy process it takes 1.7 s, 1.3 s and 45 s.
for _name, _value in (
    ("TRANSFORMERS_VERBOSITY", "error"),
    ("HF_HUB_DISABLE_PROGRESS_BARS", "1"),
    ("OMP_WAIT_POLICY", "PASSIVE"),
    ("GOMP_SPINCOUNT", "3000"),
):
    os.environ.setdefault(_name, _value)
