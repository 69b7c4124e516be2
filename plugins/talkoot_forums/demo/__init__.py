"""The forums' part of the demo region: written topics, and composed ones out of written sentences."""
