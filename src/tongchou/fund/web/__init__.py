"""Pages of the fund (基金): the board, vouchers, trial balance, ledgers."""
