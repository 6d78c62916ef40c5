"""Several processes as one bot, without Discord."""
