"""What cannot be exported, and why."""
