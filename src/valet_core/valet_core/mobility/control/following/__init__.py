"""Following a route by a controller: from the start to rest at its end."""
