"""The house itself (系统装配): set-up, embedded database, commands, addresses, and the shell of the console.

The only place that knows every chapter. Nothing here decides a benefit or books a fen.
"""
