"""People: one account per installation, a membership in each tenant where they take part."""
