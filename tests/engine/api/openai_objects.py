"""OpenAI's objects as its published description has them, as far as this engine answers with them, and a check against it.

A type stands for values of that type, None for null, a set for its members, a tuple for any of its members, a list for a list
of its member, a dict for an object with these fields. A field whose name ends in "?" may be absent; no field may be there besides.
"""

from typing import Any, TypeAlias

Shape: TypeAlias = Any

PURPOSES = {
    "assistants",
    "assistants_output",
    "batch",
    "batch_output",
    "fine-tune",
    "fine-tune-results",
    "vision",
    "user_data",
}
FINISH_REASONS = {"stop", "length", "tool_calls", "content_filter", "function_call"}
JOB_STATUSES = {"validating_files", "queued", "running", "pausing", "paused", "succeeded", "failed", "cancelled"}

ERROR = {"error": {"message": str, "type": str, "param": (str, None), "code": (str, None)}}
MODEL = {"id": str, "object": {"model"}, "created": int, "owned_by": str}
MODEL_DELETED = {"id": str, "object": {"model"}, "deleted": bool}
FILE = {
    "id": str,
    "object": {"file"},
    "bytes": int,
    "created_at": int,
    "filename": str,
    "purpose": PURPOSES,
    "status": {"uploaded", "processed", "error"},
    "expires_at?": int,
    "status_details?": str,
}
FILE_DELETED = {"id": str, "object": {"file"}, "deleted": bool}
HYPERPARAMETERS = {
    "n_epochs?": ({"auto"}, int),
    "batch_size?": ({"auto"}, int),
    "learning_rate_multiplier?": ({"auto"}, float),
}
JOB = {
    "id": str,
    "object": {"fine_tuning.job"},
    "created_at": int,
    "error": ({"code": str, "message": str, "param": (str, None)}, None),
    "fine_tuned_model": (str, None),
    "finished_at": (int, None),
    "hyperparameters": HYPERPARAMETERS,
    "model": str,
    "organization_id": str,
    "result_files": [str],
    "status": JOB_STATUSES,
    "trained_tokens": (int, None),
    "training_file": str,
    "validation_file": (str, None),
    "seed": int,
    "estimated_finish?": (int, None),
    "integrations?": ([dict], None),
    "method?": {
        "type": {"supervised", "dpo", "reinforcement"},
        "supervised?": {"hyperparameters?": HYPERPARAMETERS},
        "dpo?": {"hyperparameters?": HYPERPARAMETERS | {"beta?": ({"auto"}, float)}},
    },
    "metadata?": (dict, None),
}
EVENT = {
    "id": str,
    "object": {"fine_tuning.job.event"},
    "created_at": int,
    "level": {"info", "warn", "error"},
    "message": str,
    "type?": {"message", "metrics"},
    "data?": dict,
}
CHECKPOINT = {
    "id": str,
    "object": {"fine_tuning.job.checkpoint"},
    "created_at": int,
    "fine_tuned_model_checkpoint": str,
    "fine_tuning_job_id": str,
    "step_number": int,
    "metrics": {
        f"{name}?": float
        for name in (
            *("step", "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy"),
            *("full_valid_loss", "full_valid_mean_token_accuracy"),
        )
    },
}
USAGE = {"prompt_tokens": int, "completion_tokens": int, "total_tokens": int}
CHAT = {
    "id": str,
    "object": {"chat.completion"},
    "created": int,
    "model": str,
    "choices": [
        {
            "index": int,
            "finish_reason": FINISH_REASONS,
            "logprobs": (dict, None),
            "message": {"role": {"assistant"}, "content": (str, None), "refusal": (str, None)},
        }
    ],
    "usage?": USAGE,
}
CHUNK = {
    "id": str,
    "object": {"chat.completion.chunk"},
    "created": int,
    "model": str,
    "choices": [
        {
            "index": int,
            "delta": {"role?": {"assistant"}, "content?": (str, None), "refusal?": (str, None)},
            "finish_reason": (FINISH_REASONS, None),
            "logprobs?": (dict, None),
        }
    ],
    "usage?": (USAGE, None),
}
EMBEDDINGS = {
    "object": {"list"},
    "data": [{"object": {"embedding"}, "index": int, "embedding": [float]}],
    "model": str,
    "usage": {"prompt_tokens": int, "total_tokens": int},
}

_SECONDS = {"type": {"duration"}, "seconds": float}
TRANSCRIPTION = {"text": str, "usage": _SECONDS}
VERBOSE_TRANSCRIPTION = {
    "language": str,
    "duration": float,
    "text": str,
    "usage": _SECONDS,
    "segments?": [
        {
            "id": int,
            "seek": int,
            "start": float,
            "end": float,
            "text": str,
            "tokens": [int],
            "temperature": float,
            "avg_logprob": float,
            "compression_ratio": float,
            "no_speech_prob": float,
        }
    ],
    "words?": [{"word": str, "start": float, "end": float}],
}


def page(item: Shape) -> Shape:
    """A list of these."""
    return {"object": {"list"}, "data": [item], "has_more": bool, "first_id": str, "last_id": str}


def faults(value: object, shape: Shape, path: str = "") -> list[str]:
    """Where a value is not as the shape has it."""
    if isinstance(shape, tuple):
        found = [faults(value, one, path) for one in shape]
        return [] if [] in found else min(found, key=len)
    if isinstance(shape, list) and isinstance(value, list):
        return [fault for place, item in enumerate(value) for fault in faults(item, shape[0], f"{path}[{place}]")]
    if isinstance(shape, dict) and isinstance(value, dict):
        return _object_faults(value, shape, path)
    return [] if _is(value, shape) else [f"{path} is {value!r}"]


def _is(value: object, shape: Shape) -> bool:
    if shape is None or value is None:
        return shape is value
    if isinstance(shape, set):
        return value in shape
    if shape is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(shape, type) and type(value) is shape


def _object_faults(value: dict[str, object], shape: dict[str, Shape], path: str) -> list[str]:
    fields = {name.removesuffix("?"): one for name, one in shape.items()}
    required = {name for name in shape if not name.endswith("?")}
    found = [f"{path}.{name} is missing" for name in required - value.keys()]
    for name, item in value.items():
        found += faults(item, fields[name], f"{path}.{name}") if name in fields else [f"{path}.{name} is unknown"]
    return found
