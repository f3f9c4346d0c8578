"""What the service does by itself, now and then."""
