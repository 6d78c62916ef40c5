"""Pictures to post: a slogan as a typographic poster, a joke as a share card. `service.py` is for callers, `worker.py` draws."""
