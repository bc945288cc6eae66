"""激励政策与政策性补缴 (JS-EXT §2; CON-32, CON-33): dated programmes with a personal share, a waiting time and
conditions as data; who takes part is counted under the programme.
"""
