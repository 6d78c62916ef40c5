"""The torch group of processes that share a training, if this one does."""

import torch
import torch.distributed as group


def is_shared() -> bool:
    """Whether this process is one of several in a group."""
    return bool(group.is_available() and group.is_initialized() and group.get_world_size() > 1)


def is_first() -> bool:
    return not is_shared() or group.get_rank() == 0


def agree(*, said: bool) -> bool:
    """Whether any process of the group says so, or this one where it is alone. All must ask at the same point."""
    if not is_shared():
        return said
    vote = torch.tensor(int(said), device="cuda" if group.get_backend() == "nccl" else "cpu")
    group.all_reduce(vote, op=group.ReduceOp.MAX)
    return bool(vote.item())
