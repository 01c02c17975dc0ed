"""The rows of an archive by Spark: `python -m benchmarks.spark_scan ARCHIVE OUTPUT.jsonl CORES`, where pyspark is.

The messages are written as a Parquet file, Spark reads it, and `mapInArrow(lint_batches, …)` checks them.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Check the messages of an archive, and write the rows in whatever order they come."""
    import pyarrow.parquet
    from pyspark.sql import SparkSession

    from sesmime.archive import MESSAGES_SCHEMA, lint_batches, message_batches, messages, spark_schema

    archive, output, cores = sys.argv[1:]
    # The workers are other processes: they import the package from here.
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with tempfile.TemporaryDirectory(dir=Path(output).parent) as folder:
        table = Path(folder, "messages.parquet")
        with pyarrow.parquet.ParquetWriter(table, MESSAGES_SCHEMA) as writer:
            for batch in message_batches(messages(archive)):
                writer.write_batch(batch)
        builder = SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "500")
        session = builder.config("spark.sql.files.maxPartitionBytes", str(16 << 20)).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        try:
            found = session.read.parquet(str(table)).mapInArrow(lint_batches, spark_schema())
            # The rows come one partition after the other; the next is checked while one is written.
            with open(output, "w", encoding="utf-8") as stream:
                for row in found.toLocalIterator(prefetchPartitions=True):
                    stream.write(json.dumps(row.asDict()) + "\n")
        finally:
            session.stop()


if __name__ == "__main__":
    main()
