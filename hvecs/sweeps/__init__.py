"""Sweeps: thousands of runs of one scenario, planned, made by worker processes, resumed and summarised.

`plan.make_plan` says what would be run, `execution.run_sweep` runs it, `summary` and `compare` say what came out.
Import from the modules: this package itself stays light.
"""
