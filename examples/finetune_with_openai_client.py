"""From a file of examples to a model that has learned them, with nothing but the openai package.

python -m engine &
OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=none python examples/finetune_with_openai_client.py
"""

import time
from pathlib import Path

from openai import OpenAI

client = OpenAI()
# Punchline's engine says of each model whether it can be tuned; smollm2-135m needs `make lora`.
base = next(model for model in client.models.list() if model.to_dict().get("meta", {}).get("allow_fine_tuning"))
uploaded = client.files.create(file=Path("data/jokes.jsonl"), purpose="fine-tune")
client.files.wait_for_processing(uploaded.id)
job = client.fine_tuning.jobs.create(model=base.id, training_file=uploaded.id, suffix="jokes")
told: set[str] = set()
while job.status not in ("succeeded", "failed", "cancelled"):
    time.sleep(0.5)
    job = client.fine_tuning.jobs.retrieve(job.id)
    for event in reversed(client.fine_tuning.jobs.list_events(job.id, limit=100).data):
        if event.id not in told:
            print(event.message)
            told.add(event.id)
answer = client.chat.completions.create(
    model=job.fine_tuned_model or "", messages=[{"role": "user", "content": "A man walking across the road"}]
)
print(answer.choices[0].message.content)
