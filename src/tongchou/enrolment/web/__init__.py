"""Pages of enrolment (参保登记): persons, households, imports."""
