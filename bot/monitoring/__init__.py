"""What an operator's monitoring reads of the bot: health and metrics."""
