import pytest

from hvecs.spec.kinds import Choice, Count, Either, Number, Switch, Wrong
from hvecs.spec.units import DAY, EIB, GIB, HOUR, MIB, MS, SECOND, US, Duration, Percent, Rate, Size


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("7 ns", 7),
        ("1.2 us", 1_200),
        ("1.2 µs", 1_200),
        ("1.2 \u03bcs", 1_200),
        ("10ms", 10 * MS),
        (" 10  ms ", 10 * MS),
        ("0.1 s", 100 * MS),
        ("252 min", 252 * 60 * SECOND),
        ("1.5 h", 90 * 60 * SECOND),
        ("366 d", 366 * DAY),
        ("0 s", 0),
        ("0.000000001 s", 1),
        ("123456.789012345 s", 123_456_789_012_345),
    ],
)
def test_durations_are_exact_nanoseconds(text, ns):
    held = Duration().read(text)
    assert held == ns
    assert type(held) is int


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (5, 'expected a duration with a unit such as "10 ms"; got 5'),
        (True, "got true"),
        (1.5, "got 1.5"),
        (float("nan"), "got nan"),
        ([1], "got an array"),
        ({}, "got a table"),
        ("5", 'expected a duration with a unit such as "10 ms"; got "5"'),
        ("ms", "expected a duration with a unit"),
        ("1e3 ms", "expected a duration with a unit"),
        ("inf s", "expected a duration with a unit"),
        ("0.1 ns", '"0.1 ns" is not a whole number of nanoseconds'),
        ("-1 ms", '"-1 ms" is negative'),
        ("367 d", 'expected a duration from "0 s" to "366 d"; got "367 d"'),
        ("99999999999999999999 d", "expected a duration from"),
        ("9" * 5000 + " d", "expected a duration with a unit"),
        ("10 MS", 'unknown unit "MS"; did you mean "10 ms"?'),
        ("10 m", 'unknown unit "m"; expected one of ns, us, ms, s, min, h, d'),
    ],
)
def test_what_is_no_duration_is_refused_with_a_reason(text, said):
    with pytest.raises(Wrong) as wrong:
        Duration().read(text)
    assert said in str(wrong.value)
    assert len(str(wrong.value)) < 200


def test_bounds_of_a_duration_are_included_unless_said_otherwise():
    kind = Duration(low=US, high=HOUR)
    assert kind.read("1 us") == US
    assert kind.read("1 h") == HOUR
    for text in ("999 ns", "61 min"):
        with pytest.raises(Wrong, match='from "1 us" to "1 h"'):
            kind.read(text)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [("1 B", 1), ("0.5 KiB", 512), ("2 MiB", 2 * MIB), ("8GiB", 8 * GIB), ("1048576 TiB", EIB)],
)
def test_sizes_are_exact_bytes(text, size_bytes):
    assert Size().read(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8 GB", 'unit "GB" is ambiguous; write "8 GiB"'),
        ("8 MB", 'write "8 MiB"'),
        ("8 kB", 'write "8 KiB"'),
        ("8 T", 'write "8 TiB"'),
        ("8 gib", 'did you mean "8 GiB"?'),
        ("0.3 B", "not a whole number of bytes"),
        ("1048577 TiB", "expected a size from"),
        (8, 'expected a size with a unit such as "8 GiB"; got 8'),
    ],
)
def test_what_is_no_size_is_refused_with_a_reason(text, said):
    with pytest.raises(Wrong) as wrong:
        Size().read(text)
    assert said in str(wrong.value)


def test_percentages_know_open_bounds():
    assert Percent().read("50 %") == 50.0
    assert Percent().read("12.5%") == 12.5
    with pytest.raises(Wrong, match='above "0 %" to "100 %"'):
        Percent(above=True).read("0 %")
    with pytest.raises(Wrong, match='from "0 %" and below "100 %"'):
        Percent(below=True).read("100 %")
    with pytest.raises(Wrong, match=r"100\.1"):
        Percent().read("100.1 %")
    with pytest.raises(Wrong, match=r"got 0\.5"):
        Percent().read(0.5)


@pytest.mark.parametrize(
    ("text", "per_second"), [("400 /s", 400.0), ("1/min", 1 / 60), ("2 /ms", 2000.0), ("36 /h", 0.01)]
)
def test_rates_are_per_second(text, per_second):
    assert Rate().read(text) == per_second


@pytest.mark.parametrize("text", ["0 /s", "400", "400 per s", 400, "10000000 /ms"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(Wrong, match="expected "):
        Rate().read(text)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Duration(), 0, "0 s"),
        (Duration(), 1_200, "1200 ns"),
        (Duration(), HOUR, "1 h"),
        (Duration(), 90 * 60 * SECOND, "90 min"),
        (Duration(), 366 * DAY, "366 d"),
        (Size(), 0, "0 B"),
        (Size(), 1536 * MIB, "1536 MiB"),
        (Percent(), 50.0, "50 %"),
        (Percent(), 1e-12, "0.000000000001 %"),
        (Rate(), 400.0, "400 /s"),
        (Either("all", Count(1, 4)), "all", "all"),
        (Either("auto", Size()), GIB, "1 GiB"),
    ],
)
def test_quantities_are_written_with_the_largest_exact_unit(kind, value, text):
    assert kind.write(value) == text
    assert kind.read(text) == value


@pytest.mark.parametrize("value", [True, 4.0, 0, 11, "4", None, 10**500])
def test_a_count_is_an_integer_within_bounds(value):
    with pytest.raises(Wrong, match="a whole number from 1 to 10; got"):
        Count(1, 10).read(value)


@pytest.mark.parametrize("value", [True, 0, 101, float("nan"), float("inf"), 10**400, "1"])
def test_a_number_is_finite_and_within_bounds(value):
    with pytest.raises(Wrong, match="a number above 0 and at most 100; got"):
        Number(0, 100).read(value)


def test_a_switch_is_no_number():
    with pytest.raises(Wrong, match="true or false; got 1"):
        Switch().read(1)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("core", '"core" is not supported yet; expected "classic"'),
        ("clasic", 'expected "classic"; got "clasic"; did you mean "classic"?'),
        (1, 'expected "classic"; got 1'),
    ],
)
def test_a_choice_tells_what_is_not_built_from_what_is_unknown(value, said):
    with pytest.raises(Wrong) as wrong:
        Choice(("classic",), ("core",)).read(value)
    assert str(wrong.value).startswith(said)


def test_either_explains_both():
    kind = Either("all", Count(1, 4))
    with pytest.raises(Wrong, match='expected "all" or a whole number from 1 to 4; got 5'):
        kind.read(5)
    with pytest.raises(Wrong, match='did you mean "all"'):
        kind.read("al")
