"""What a finished job achieved, in numbers and pictures."""
