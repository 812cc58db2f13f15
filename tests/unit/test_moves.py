"""What the summary of a run says of guests that changed hosts, or were to."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hvecs.cli.moves import moves_of, moves_text
from hvecs.output.parquet import TableFile

MS = 1_000_000
SECOND = 1000 * MS


@pytest.fixture
def moves(tmp_path):
    def moves_with(*rows):
        outcomes, blackouts = zip(*rows, strict=True) if rows else ((), ())
        pq.write_table(pa.table({"outcome": outcomes, "blackout_ns": blackouts}), tmp_path / "m.parquet")
        file = TableFile("m.parquet", len(rows), "")
        return moves_of(tmp_path, {"migration": file})

    return moves_with


def test_migrations_are_counted_by_what_became_of_them_and_the_longest_blackout_is_that_of_one_that_was_done(
    moves,
):
    found = moves(
        ("done", 50 * MS),
        ("done", 70 * MS),
        ("cancelled", 90 * MS),
        ("no memory", 0),
        ("no host", 0),
        ("registered", 0),
    )
    assert moves_text(found) == "live migrations: 2 done, 2 refused, 1 cancelled; longest blackout 70 ms"


def test_restarts_after_a_failure_are_told_apart_from_migrations(moves):
    restarts = ("restarted", 5 * SECOND), ("restarted", 6 * SECOND)
    said = "restarts after the failure of a host: 2; off for 6 s at most"
    assert moves_text(moves(*restarts)) == said
    assert moves_text(moves(*restarts, ("unfinished", 0))) == f"live migrations: 1 unfinished\n{said}"


def test_nothing_is_said_where_no_guest_was_to_go_anywhere(moves, tmp_path):
    assert moves() is None
    assert moves(("registered", 0)) is None
    assert moves_of(tmp_path, {}) is None
