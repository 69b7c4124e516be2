"""Work between requests: an outbox row in the caller's transaction, delivered by huey, re-sent when lost."""
