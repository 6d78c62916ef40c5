"""Tuned models for other tools: as a PEFT adapter, as a whole model for transformers, as a GGUF file."""
