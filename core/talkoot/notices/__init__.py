"""Notices: what people follow, what they are told of, on the page, in single mails and in digests; bookmarks."""
