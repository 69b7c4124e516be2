"""Who did what, when and why: a chained, append-only log per tenant."""
