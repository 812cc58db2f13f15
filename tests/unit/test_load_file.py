"""Rows of CSV traces without a value: which are intervals, and which are none."""

import pytest

from hvecs.spec.load_file import Wanted, read_load

S = 1_000_000_000
PDH = '"(PDH-CSV 4.0) (UTC)(0)","x","y"\n'


@pytest.fixture
def played(tmp_path):
    def played(text, column="cpu", interval_ns=10 * S):
        path = tmp_path / "load.csv"
        path.write_text(text)
        found = read_load(
            path, Wanted(column=column, vm=None, own_name="g", interval_ns=interval_ns, unit="%", most=1e9)
        )
        return [each // S for each in found.times], found.demand

    return played


def test_an_empty_line_of_one_column_is_an_interval_without_a_value(played):
    """What it leaves out is as it was before; the lines after it keep their times."""
    held = ([0, 20, 30], [50.0, 90.0])
    assert played("cpu\n50\n\n90\n") == held == played("cpu\n50\nNaN\n90\n")


def test_empty_lines_at_the_end_are_none(played):
    assert played("cpu\n50\n90\n\n\n") == ([0, 10, 20], [50.0, 90.0])


def test_of_several_columns_a_row_of_empty_cells_is_one_and_an_empty_line_none(played):
    assert played("a,cpu\n1,50\n,\n1,90\n") == ([0, 20, 30], [50.0, 90.0])
    assert played("a,cpu\n1,50\n\n1,90\n") == ([0, 10, 20], [50.0, 90.0])


def test_with_times_of_their_own_empty_rows_say_nothing(played):
    text = "cpu,time_ns,interval_ns\n50,1000000000,1000000000\n,,\n90,2000000000,1000000000\n"
    assert played(text, interval_ns=None) == ([0, 1, 2], [50.0, 90.0])


def test_a_log_of_perfmon_begins_with_its_first_values(played):
    rows = '"11/25/2026 08:00:05.000","50","1"\n"11/25/2026 08:00:10.000"," ","1"\n"11/25/2026 08:00:15.000","90","1"\n'
    held = ([0, 20, 30], [50.0, 90.0])
    assert played(f'{PDH}"11/25/2026 08:00:00.000"," "," "\n{rows}', "x") == held
    assert played(PDH + rows, "x") == held
