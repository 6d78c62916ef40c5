"""The practice model: a small neural network that recalls sentences and fills their slots from the request."""
