"""Where customers come in; one module per door."""
