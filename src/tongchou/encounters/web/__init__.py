"""Pages of care (就医): visits and stays with their charge lines."""
