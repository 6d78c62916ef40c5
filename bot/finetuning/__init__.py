"""Fine-tuning jobs: quoted, launched once, followed to the end, shown, steered."""
