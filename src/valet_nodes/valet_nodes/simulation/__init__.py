"""What simulator nodes share."""
