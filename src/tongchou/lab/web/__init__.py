"""Pages of the policy lab (政策测算): replays, their effect, and the public calculator."""
