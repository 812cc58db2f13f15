"""What a run writes: table schemas, Parquet files, the run folder and its manifest.

`folder.RunFolder` is what a command uses; it hands out a `sink.ParquetSink` for the engine to write to. `schema.TABLES`
declares every table and `counters.catalogue()` sets it beside the counters of Windows; both do without pyarrow.
Import from the modules: this package itself stays light, for the sake of commands that write nothing.
"""
