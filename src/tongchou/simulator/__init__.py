"""An invented city to click through, and a hospital that talks the wire (模拟城市).

「桂宁市」 (area 450100 in an invented reading) does not exist. Its people, households, institutions, physicians, prices
and agreements are invented from a seed; only common surnames, drug and disease names and the magnitudes of the
national figures are facts. Citizen ID numbers carry county codes that were never given out, so that no number of the
city can be a living person's.

Who calls it: the command line (`demo`, `send`, `simulator day`, `bench`), the first start of `./run`, the tests. It is
the only chapter besides `site` that knows all others, and it writes into their tables only while a city is founded.
"""
