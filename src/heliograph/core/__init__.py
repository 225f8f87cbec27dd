"""What the gateway decides about one message; talks to ports only."""
