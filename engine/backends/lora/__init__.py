"""Real weights: any causal chat model, tuned with LoRA and served with its adapters. The only room that knows torch."""

import os

# For the processes started from here: no bars and no advice in the engine's log; and threads that wait for one another sleep
# instead of spinning, which on shared cores is ten times faster.
for _name, _value in (
    ("TRANSFORMERS_VERBOSITY", "error"),
    ("HF_HUB_DISABLE_PROGRESS_BARS", "1"),
    ("OMP_WAIT_POLICY", "PASSIVE"),
):
    os.environ.setdefault(_name, _value)
