"""The benchmarks of ``make bench``: our full stack beside its rivals, on the same core.

One file, one job: ``servers`` starts what is measured, ``crowd`` is the load client,
``scenarios`` each compare one thing and give rows, ``report`` judges and prints them.
"""
