"""How many small faults in the kernels the tests would notice: `python -m tests.mutation --help`."""
