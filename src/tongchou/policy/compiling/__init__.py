"""From a definition to code: point → resolved rules → one integer program → scalar, traced and columnar execution.

The program is the only description of the computation. Its three executions are generated from it step by step, so
they cannot drift apart; tests prove them equal to the fen.
"""
