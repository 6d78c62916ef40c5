"""Examples that members give for training. They consent, admins review, and they can withdraw at any time."""
