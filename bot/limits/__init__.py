"""What a server lets its members spend, how often, and where."""
