"""税务征收 (JL2019 §12, 13; CON-11, SYS-05): whom the tax office may collect from goes out, what it collected comes in;
rows that could not be booked are work of their own, and both sides' days are compared.
"""
