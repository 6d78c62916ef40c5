"""Another server that answers for a base, and the adapters that it is given."""
