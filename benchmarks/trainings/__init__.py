"""Programs that train one model each: ours, and the same work by TRL."""
