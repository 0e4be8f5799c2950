"""Where files are and what is in them."""
