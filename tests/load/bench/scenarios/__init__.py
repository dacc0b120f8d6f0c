"""One comparison per module: ``NAME``, and ``run(rounds)`` that gives its rows."""
