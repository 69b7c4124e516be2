"""Polls under posts: asked by who wrote the post, answered once by each member."""
