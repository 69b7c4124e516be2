"""Web push: notices on members' phones and computers, for installations that have the extra `push` and a key for it."""
