"""Pages of settlement (结算): bills with their explanation, year-to-date, the printed slip."""
