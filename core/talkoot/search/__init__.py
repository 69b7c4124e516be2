"""Search: words of several languages, an index kept with the posts, and a page that shows what one may see."""
