"""Pages of contributions (缴费): rates, payments and coverage of a person."""
