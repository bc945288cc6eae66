"""财政补助 (GX2017 §29–31; QA2018 一, 二(一); JL2019 §11): counted from the register, never typed.

`counting` freezes who counts and who does not, `applications` takes the numbers from 测算 to 核准, `arrivals` follows
the money into the fiscal account and settles the year. CON-26, 27, 28, 30. The forms the departments use among
themselves are theirs (GX2017 §30).
"""
