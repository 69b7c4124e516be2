"""Mail that comes in: replies to posts, mail that could not be delivered, and what is neither."""
