"""Contributions outside conversations: the feedback form in the frame of every page."""
