"""Fine-tuning jobs, from their first check to the model that they leave."""
