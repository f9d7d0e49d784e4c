"""Template tags: the small words in which every page is written."""
