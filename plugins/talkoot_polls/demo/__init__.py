"""The demo of polls."""
