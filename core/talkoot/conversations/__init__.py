"""Conversations: posts, quotes, reactions, edit history and moderation on any object of any plugin."""
