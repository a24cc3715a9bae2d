"""The figures of autoscale: measured, printed as a table, never asserted.

`python -m benchmarks` runs all subjects, each a file of this package. Times
of day and speeds of machines differ; what is worth comparing are the ratios,
since both sides of each are taken in one run.
"""
