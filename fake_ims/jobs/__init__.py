"""Jobs: what the service does with a file by and by, each kind declared once."""
