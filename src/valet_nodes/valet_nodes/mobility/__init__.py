"""Nodes of mobile bases."""
