"""更正与退费 (GX2017 §28; CON-21…CON-23): what was paid is not given back; errors of handling are put right.

`money` finds what was paid too much, `case` and `moving_case` are the counter's items, `commands` approve and pay,
`answers` book what the bank says of a transfer.
"""
