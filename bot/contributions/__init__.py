"""Examples that members give for training: with consent, judged by admins, withdrawn at any time."""
