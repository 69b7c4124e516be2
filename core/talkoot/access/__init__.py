"""Access: roles, named permissions and the one function that asks whether an act is allowed."""
