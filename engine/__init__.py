"""A model server for one's own machine: OpenAI's protocol for files, fine-tuning jobs, chat and embeddings."""

import os

# Before anything imports numpy: one core a calculation, so that a training and a chat each keep one.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# For the processes started from here: threads share glibc's heaps, which saves 10 MB where llama.cpp serves.
os.environ.setdefault("MALLOC_ARENA_MAX", "1")
