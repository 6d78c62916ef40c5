"""Several processes as one bot: who has which shards, who works in the background, and whose turn it is to identify."""
