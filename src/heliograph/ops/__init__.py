"""Log, metrics, health, supervision, failpoints."""
