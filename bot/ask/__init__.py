"""`/ask`: the model chooses among the bot's own abilities."""
