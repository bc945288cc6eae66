"""Pages of cases: counter, queue, case, papers."""
