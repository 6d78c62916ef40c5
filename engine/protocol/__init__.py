"""What the engine's clients see, whatever serves it: OpenAI's objects, and the errors."""
