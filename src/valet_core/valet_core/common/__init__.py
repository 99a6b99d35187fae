"""What every part of the library stands on: configuration, errors, statistics, files."""
