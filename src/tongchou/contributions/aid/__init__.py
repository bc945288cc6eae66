"""资助参保 (GX2017 §27; QA2018 二(一); CON-15…CON-17): who is aided with how much, told to the department, matched.

`commands` keep the table of an area and year and make the lists; `answers` book what a department says; `arrivals`
match the money, and `differences` are what goes back to the department.
"""
