"""The scenarios, one comparison per module: ``NAME``, and ``run(rounds)`` returns its rows."""
