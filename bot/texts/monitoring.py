"""What `/health` says, and what the operator reads about it."""

NOT_CONNECTED = "The bot is not connected to Discord: {up} of {shards} shards are up."
DATABASE_SLOW = "The database did not answer within {seconds:g} s."
DATABASE_FAILED = "The database cannot be read: {error}."
LISTENING = "Health and metrics at http://%s:%d/health and /metrics."
CANNOT_LISTEN = "Cannot listen on {host}:{port} for health and metrics: {reason}. Check METRICS_HOST and METRICS_PORT."
NO_PACKAGE = "METRICS_PORT needs the package prometheus-client. Install it with `pip install punchline[metrics]`, or unset METRICS_PORT."
