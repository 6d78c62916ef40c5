"""GGUF models served by llama.cpp, in a process without torch: bases, and the adapters that are tuned from them."""
