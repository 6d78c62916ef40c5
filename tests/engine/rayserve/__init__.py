"""The real Ray Serve LLM on this processor: `make ray-serve`."""
