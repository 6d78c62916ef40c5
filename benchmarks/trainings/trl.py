"""`python -m benchmarks.trainings.trl METHOD BASE_DIR START_ADAPTER FILE TARGET SEED BATCH_SIZE RATE`: tune once by TRL in float32;
prints Outcome as JSON.

The same data, rank, layers and schedule as ours. START_ADAPTER may be empty. Imports nothing of the engine, which sets torch up its own way.
"""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from benchmarks.trainings.outcome import EPOCHS, Outcome


def main(method: str, base: str, start: str, file: str, target: str, seed: str, size: str, rate: str) -> None:
    began = perf_counter()
    lines = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapter: LoraConfig | None = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    if start:
        model, adapter = PeftModel.from_pretrained(model, start, is_trainable=True), None
    steps = EPOCHS * -(-len(lines) // int(size))
    how: dict[str, Any] = {
        "output_dir": target,
        "num_train_epochs": EPOCHS,
        "per_device_train_batch_size": int(size),
        "learning_rate": float(rate),
        "lr_scheduler_type": "linear",
        "warmup_steps": -(-steps // 10),
        "logging_steps": 1,
        "report_to": [],
        "use_cpu": True,
        "bf16": False,
        "save_strategy": "no",
        "gradient_checkpointing": False,
        "max_length": 512,
        "seed": int(seed),
    }
    tokenizer = AutoTokenizer.from_pretrained(base)
    trainer: Any
    if method == "dpo":
        config = DPOConfig(**how, beta=0.1)
        data = Dataset.from_list([_preference(line) for line in lines])
        trainer = DPOTrainer(model, args=config, train_dataset=data, processing_class=tokenizer, peft_config=adapter)
    else:
        data = Dataset.from_list([{"prompt": m[:-1], "completion": m[-1:]} for m in (ln["messages"] for ln in lines)])
        args = SFTConfig(**how)
        trainer = SFTTrainer(model, args=args, train_dataset=data, processing_class=tokenizer, peft_config=adapter)
    loaded = perf_counter()
    done = trainer.train()
    seconds = perf_counter() - loaded
    trainer.save_model(target)
    print(
        Outcome(
            seconds=seconds, loading=loaded - began, loss=done.training_loss, steps=done.global_step
        ).model_dump_json()
    )


def _preference(line: dict[str, Any]) -> dict[str, Any]:
    preferred, other = line["preferred_output"], line["non_preferred_output"]
    return {"prompt": line["input"]["messages"], "chosen": preferred, "rejected": other}


if __name__ == "__main__":
    main(*sys.argv[1:])
