"""Every request to a model, from here to the server: charged to somebody, written down before and after."""
