"""用人单位: employers of the employee scheme and their members (NM-ACCT §5; BJ-ACCT §4; NC-ACCT §8; ENR-33).

An employer does all formalities for its people: members join and leave by the month, each with a contribution wage.
What is owed on a month's base belongs to `contributions`, what is credited of it to personal accounts above.
"""
