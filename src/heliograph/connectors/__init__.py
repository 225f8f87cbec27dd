"""Ways to carriers."""
