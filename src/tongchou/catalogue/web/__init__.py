"""Pages of the catalogues (目录): items with their terms over time, diagnoses."""
