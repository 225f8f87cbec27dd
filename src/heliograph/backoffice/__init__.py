"""What people do around messages; everything that sends goes through intake like any door."""
