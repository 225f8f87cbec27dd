"""asyncio shells without opinions."""
