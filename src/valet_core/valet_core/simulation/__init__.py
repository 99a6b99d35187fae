"""What every simulated scene shares: robot arm, people, cameras, sensor noise, renderer."""
