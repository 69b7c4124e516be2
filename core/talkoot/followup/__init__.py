"""Follow-up: the promise attached to a contribution, with owner, due date and public trail (domain row 35)."""
