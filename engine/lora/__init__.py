"""Real weights: any causal chat model, tuned with LoRA and served with its adapters. The only room that knows torch."""

import os

# For the processes started from here: no bars and no advice in the engine's log.
for _name, _value in (("TRANSFORMERS_VERBOSITY", "error"), ("HF_HUB_DISABLE_PROGRESS_BARS", "1")):
    os.environ.setdefault(_name, _value)
