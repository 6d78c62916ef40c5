"""The model server: what the bot asks it, how, and what it answers."""
