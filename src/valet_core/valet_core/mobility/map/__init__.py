"""What a drive learns of its surroundings: maps, ways, pose."""
