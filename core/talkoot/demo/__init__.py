"""The demo region: fictitious people in real municipalities, so that a new operator sees everything at work."""
