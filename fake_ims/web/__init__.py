"""HTTP: the Flask app, and the desk that finds a request's world."""
