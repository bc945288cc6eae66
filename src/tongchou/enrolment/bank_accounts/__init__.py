"""银行账户 of persons: where benefits and refunds are paid to, with their history (GX2017 §14; ENR-19).

Nothing is edited: another account takes the place of the first from an instant on. Whoever pays asks for the account of
the instant at which the payment is released, so that a released payment keeps its account and one that the bank sends
back goes to the new one.
"""
