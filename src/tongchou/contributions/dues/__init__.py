"""一次性应收 (CON-32…34): what is owed once and paid in one sum, outside the months: back payments found by an audit,
those of programmes, the risk reserve, missing years. The chapters' parts raise them (`commands.raise_due`) and hear
that they are paid (`events.DuePaid`); money, ledger, pages and papers are the same for all.
"""
