"""Exchange 数据交换: files and messages with everyone outside the house (JL2019 §50; GX2017 §129).

`flows` are what goes out, `outgoing` makes and makes again its files, `incoming` reads what partners answer; `formats`
says how a partner's files look. A row that somebody could not take is a piece of work (`RejectedRow`).
`links` carry files over `carriers`, sealed in `envelopes` under `keys`; `arrivals` receives and books what comes;
`duties` are what partners owe by which day; `returns` sends back what could not be taken.
`imports` takes tables in, whoever sends them: what a kind of table holds is declared by the chapter that owns its rows.
Called by the console, by the command line, and by the chapters that await an answer of a bank or a department.
"""
