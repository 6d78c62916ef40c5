"""The real vLLM on this processor: `make vllm`."""
