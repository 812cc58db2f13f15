import json
import random
from datetime import datetime

import pytest

from hvecs.cli import invoke
from hvecs.interop.faults import BadFile
from hvecs.interop.paths import CounterPath, read_path
from hvecs.interop.stamps import Clock
from tests.interop.logs import COLUMNS, HOST, ROWS, SIGNATURE, VP, imported, log, write

S = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (COLUMNS[2], CounterPath("HV1", VP, "sv101 (linux):Hv VP 0", "% Guest Run Time")),
        (r"\\hv1\memory\available mbytes", CounterPath("hv1", "Memory", "", "available mbytes")),
        (r"\\a\b\System\Processor Queue Length", CounterPath(r"a\b", "System", "", "Processor Queue Length")),
        (
            r"\\H\Hyper-V Virtual IDE Controller (Emulated)(vm:Ide Controller)\Read Bytes/sec",
            CounterPath(
                "H", "Hyper-V Virtual IDE Controller (Emulated)", "vm:Ide Controller", "Read Bytes/sec"
            ),
        ),
        (r"\\H\Процесс(app)\% времени", CounterPath("H", "Процесс", "app", "% времени")),
        ("text", None),
        (r"\\H", None),
    ],
)
def test_a_path_is_cut_where_known_sets_say(text, path):
    assert read_path(text) == path


def test_a_log_becomes_tables(tmp_path):
    """By hand: 10.25 % of 10 s are 1.025 s; 100 dispatches/s over 10 s are 1000, which wait 2000 ns each."""
    capture, tables = imported(tmp_path, write(tmp_path / "a.csv", log()))
    first, *others = (row for row in tables["virtual_processor"] if row["partition"] == "sv101 (linux)")
    assert first == {
        "time_ns": 10 * S,
        "interval_ns": 10 * S,
        "timestamp": datetime(2026, 11, 25, 8, 0, 10),  # noqa: DTZ001
        "instance": "sv101 (linux):Hv VP 0",
        "partition": "sv101 (linux)",
        "vp": 0,
        "guest_run_ns": 1_025_000_000,
        "guest_run_pct": 10.25,
        "dispatches": 1000,
        "dispatches_per_sec": 100.0,
        "wait_ns": 2_000_000,
        "wait_per_dispatch_ns": 2000.0,
    }
    assert [row["wait_ns"] for row in others] == [0, 0]
    web = [
        (row["time_ns"], row["guest_run_pct"], row["wait_ns"])
        for row in tables["virtual_processor"]
        if row["partition"] == "web"
    ]
    assert web == [(20 * S, 5.0, None), (30 * S, 7.5, None)]
    assert [row["total_run_pct"] for row in tables["logical_processor"]] == [12.5, 25.0, 0.0]
    run = tables["runs"][0]
    assert run["sv101 (linux).wait_per_dispatch_ns"] == 2000.0
    assert (run["measured_ns"], run["web.guest_run_ns"]) == (30 * S, 1_875_000_000)  # 6.25 % of all 30 s
    assert capture.manifest.start == "2026-11-25T08:00:00Z"
    assert capture.manifest.unknown == (COLUMNS[-1],)
    assert list(capture.skipped.counts.values()) == [1]  # the column _Total


ALIKE = {
    "tabs": lambda: log(signature=SIGNATURE.replace("CSV", "TSV"), separator="\t"),
    "semicolons": lambda: log(separator=";"),
    "decimal commas": lambda: log(
        rows=[(row[0], *(cell.replace(".", ",") for cell in row[1:])) for row in ROWS]
    ),
    "commas between cells without quotes": lambda: log().replace('"', ""),
    "unix": lambda: log(end="\n"),
    "typeperf": lambda: (
        "\r\n"
        + log()
        + "\r\nExiting, please wait...                         \r\nThe command completed successfully.\r\n"
    ),
    "lower case": lambda: log(columns=[each.lower() for each in COLUMNS]),
    "leading blanks": lambda: log(rows=[(row[0], *(f"   {cell}" for cell in row[1:])) for row in ROWS]),
    "a description in the header": lambda: log(columns=(*COLUMNS, "what we measured")),
    "plus signs": lambda: log(
        rows=[(row[0], *(f"+{cell}" if cell.strip() else cell for cell in row[1:])) for row in ROWS]
    ),
}


@pytest.mark.parametrize("text", ALIKE.values(), ids=ALIKE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_logs_that_say_the_same_give_the_same_values(tmp_path, text, encoding):
    _, expected = imported(tmp_path, write(tmp_path / "a.csv", log()))
    capture, found = imported(tmp_path, write(tmp_path / "b.csv", text(), encoding))
    for name in ("virtual_processor", "logical_processor"):
        assert found[name] == expected[name]
    assert set(capture.skipped.counts) <= {
        "column of an instance _Total, which follows from the others",
        "line with another number of cells",
    }


def test_a_name_in_a_code_page_is_read(tmp_path):
    text = log(columns=[each.replace("web", "Bühne") for each in COLUMNS])
    for encoding in ("utf-8", "cp1252", "utf-16"):
        _, found = imported(tmp_path, write(tmp_path / "a.csv", text, encoding))
        assert {row["partition"] for row in found["virtual_processor"]} == {"sv101 (linux)", "Bühne"}


@pytest.mark.parametrize(
    ("stamps", "order"),
    [
        (["25.11.2026 09:00:00", "25.11.2026 09:00:10", "25.11.2026 09:00:20", "25.11.2026 09:00:30"], None),
        (
            [
                "2026-11-25 09:00:00.0",
                "2026-11-25 09:00:10.0",
                "2026-11-25 09:00:20.0",
                "2026-11-25 09:00:30.0",
            ],
            None,
        ),
        (["25/11/2026 09:00", "25/11/2026 09:00:10", "25/11/2026 09:00:20", "25/11/2026 09:00:30"], "dmy"),
        (
            [
                "11/25/2026 9:00:00 AM",
                "11/25/2026 9:00:10 AM",
                "11/25/2026 9:00:20 AM",
                "11/25/2026 9:00:30 AM",
            ],
            None,
        ),
    ],
)
def test_localised_time_stamps(tmp_path, stamps, order):
    rows = [(stamp, *row[1:]) for stamp, row in zip(stamps, ROWS, strict=True)]
    _, found = imported(tmp_path, write(tmp_path / "a.csv", log(rows=rows)), order=order)
    assert next(row["timestamp"].isoformat() for row in found["logical_processor"]) == "2026-11-25T08:00:10"
    assert [row["time_ns"] // S for row in found["logical_processor"]] == [10, 20, 30]


def dated(path, *days, hours=("09:00:00", "09:00:10")):
    """A log with lines at some times of each of `days`."""
    stamps = [f"{day} {hour}" for day in days for hour in hours]
    return write(path, log(rows=[(stamp, *ROWS[1 + at % 3][1:]) for at, stamp in enumerate(stamps)]))


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (["25/11/2026"], "2026-11-25"),
        (["11/25/2026"], "2026-11-25"),
        (["11/12/2026", "12/12/2026", "13/12/2026"], "2026-12-11"),
        (["12/11/2026", "12/12/2026", "12/13/2026"], "2026-12-11"),
        (["30-11-2026", "01-12-2026"], "2026-11-30"),
        (["03/05/2026", "04/05/2026", "01/06/2026"], "2026-05-03"),
        (["03/05/2026", "03/06/2026", "03/04/2026", "03/13/2026"], "2026-03-05"),
        (["11.12.2026", "12.12.2026"], "2026-12-11"),
        (["12.30.2026", "12.31.2026"], "2026-12-30"),
        (["01/02/2026"], "2026-01-02"),
        (["01/02/2026", "02/02/2026"], "2026-02-01"),  # two days, not a month
        (["02/12/2026", "03/12/2026", "04/12/2026"], "2026-12-02"),
        (
            ["01/12/2026", "13/12/2026"],
            "2026-12-01",
        ),  # as one day of January, half of the lines would be no dates
        (["12/02/2026", "12/03/2026", "12/04/2026"], "2026-12-02"),
        (["2026-02-01", "2026-02-02"], "2026-02-01"),
    ],
)
def test_the_order_of_a_date_is_that_in_which_all_lines_follow_each_other(tmp_path, days, first):
    _, found = imported(tmp_path, dated(tmp_path / "a.csv", *days))
    assert found["logical_processor"][0]["timestamp"].date().isoformat() == first


def test_an_order_that_is_given_holds_whatever_the_stamps_say(tmp_path):
    _, found = imported(tmp_path, dated(tmp_path / "a.csv", "01/02/2026"), order="dmy")
    assert found["logical_processor"][0]["timestamp"].date().isoformat() == "2026-02-01"
    with pytest.raises(BadFile, match=r"b\.csv:2: .*is no time stamp.*--dates"):
        imported(tmp_path, dated(tmp_path / "b.csv", "25/11/2026"), order="mdy")


def test_logs_of_one_machine_have_one_order_and_those_of_another_their_own(tmp_path):
    """The day of the first would be one of January, as that of the guest is."""
    days = [dated(tmp_path / f"{day}.csv", f"{day}/02/2026") for day in ("01", "13")]
    guest = [("01/02/2026 09:00:00", "3"), ("01/02/2026 09:00:10", "3")]
    other = write(tmp_path / "g.csv", log(columns=[r"\\WEB\System\Processor Queue Length"], rows=guest))
    _, found = imported(tmp_path, *days, other)
    assert [row["timestamp"].date().isoformat() for row in found["logical_processor"]] == [
        "2026-02-01"
    ] * 2 + ["2026-02-13"] * 2
    assert {row["timestamp"].date().isoformat() for row in found["guest"]} == {"2026-01-02"}


def test_a_stamp_that_is_none_is_refused_with_its_line(tmp_path):
    rows = [(row[0].replace("11/25", "25/31"), *row[1:]) for row in ROWS]
    with pytest.raises(BadFile, match=r"a\.csv:2: .*is no time stamp.*--dates"):
        imported(tmp_path, write(tmp_path / "a.csv", log(rows=rows)))


def test_clocks_that_are_set_back_repeat_an_hour_and_lines_out_of_order_do_not_count():
    clock = Clock(-60, "mdy")
    stamps = [
        "10/25/2026 02:40:00",
        "10/25/2026 02:50:00",
        "10/25/2026 02:00:00",
        "10/25/2026 02:10:00",
        "10/25/2026 01:00:00",
    ]
    found = clock.read(stamps)
    minutes = [None if each is None else (each - found[0]) // 60_000_000 for each in found]
    assert minutes == [0, 10, 20, 30, None]
    assert clock.set_back == 1


def test_what_happened_once_is_told_as_once(tmp_path, capsys):
    hours = ["02:40:00", "02:50:00", "02:00:00", "02:10:00"]
    rows = [(f"10/25/2026 {hour}", *row[1:]) for hour, row in zip(hours, ROWS, strict=True)]
    path = write(tmp_path / "a.csv", log(rows=rows))
    assert invoke(["import", "perfmon", str(path), "--out", str(tmp_path / "c")]) == 0
    told = capsys.readouterr().err
    assert "clocks were set back once;" in told
    assert "ignored: 1 counter that no table has" in told


def test_logs_in_sequence_are_one_capture_and_samples_that_both_have_count_once(tmp_path):
    early = write(tmp_path / "b.csv", log(rows=ROWS[:3]))
    late = write(tmp_path / "a.csv", log(rows=ROWS[2:]))
    capture, found = imported(tmp_path, late, early)
    assert [row["time_ns"] // S for row in found["logical_processor"]] == [10, 20, 30]
    assert capture.skipped.counts["sample of a table at a time that another log has"] == 2  # LP and VP


def test_a_gap_is_an_interval_as_long(tmp_path):
    _, found = imported(tmp_path, write(tmp_path / "a.csv", log(rows=(*ROWS[:2], ROWS[3]))))
    assert [row["interval_ns"] // S for row in found["logical_processor"]] == [10, 20]


def test_what_is_no_number_is_missing_and_counted(tmp_path):
    rows = [list(row) for row in ROWS]
    rows[2][1], rows[3][1], rows[3][6] = "n/a", "-1", "1.2.3"
    capture, found = imported(tmp_path, write(tmp_path / "a.csv", log(rows=rows)))
    assert [row["total_run_pct"] for row in found["logical_processor"]] == [12.5]
    assert capture.skipped.counts["cell that is no number"] == 2
    assert capture.skipped.counts["value below zero or without end"] == 1


def test_what_is_left_out_is_named_by_its_line(tmp_path):
    """By hand: the header is line 1 and a line is empty, so the rows stand in lines 2, 4, 5, 6, 7, 8 and 9."""
    rows = [list(row) for row in (*ROWS, *ROWS[1:])]
    stamps = ["00", "10", "20", "30", "40", "50", "60"]
    for row, second in zip(rows, stamps, strict=True):
        row[0] = f"11/25/2026 09:{int(second) // 60:02}:{int(second) % 60:02}.000"
    rows[2] = rows[2][:3]
    rows[3][1], rows[4][1] = "n/a", "-1"
    rows[5][0] = "no time"
    lines = log(rows=rows).splitlines(keepends=True)
    lines.insert(2, "\r\n")
    lines.append('"11/25/2026 09:01:10.000","1\r\n')
    path = write(tmp_path / "a.csv", "".join(lines))
    capture, _ = imported(tmp_path, path)
    assert {
        reason: (capture.skipped.counts[reason], capture.skipped.first[reason])
        for reason in capture.skipped.counts
        if "column" not in reason
    } == {
        "line with a quote that is not closed": (1, f"{path}:10"),
        "line with another number of cells": (1, f"{path}:5"),
        "cell that is no number": (1, f"{path}:6"),
        "value below zero or without end": (1, f"{path}:7"),
        "line whose time stamp is none, or is not after the one before": (1, f"{path}:8"),
    }


def test_samples_of_a_time_that_two_logs_have_are_named_by_the_second(tmp_path):
    early, late = (
        write(tmp_path / name, log(rows=rows)) for name, rows in (("b.csv", ROWS[:3]), ("a.csv", ROWS[2:]))
    )
    capture, _ = imported(tmp_path, late, early)
    reason = "sample of a table at a time that another log has"
    assert capture.skipped.first[reason].startswith(f"{late} (")


def test_several_hosts_in_one_log_need_a_choice(tmp_path):
    both = (*COLUMNS, COLUMNS[0].replace("HV1", "HV2"))
    path = write(tmp_path / "a.csv", log(columns=both, rows=[(*row, "77") for row in ROWS]))
    with pytest.raises(BadFile, match="counters of several hosts: HV1, HV2; choose one with --machine"):
        imported(tmp_path, path)
    _, found = imported(tmp_path, path, machine="hv2")
    assert [row["total_run_pct"] for row in found["logical_processor"]] == [77.0] * 4


def test_counters_of_guests_are_theirs_and_those_of_the_host_the_roots(tmp_path):
    queue = r"\System\Processor Queue Length"
    rows = [(row[0], "3") for row in ROWS]
    host = write(
        tmp_path / "h.csv", log(columns=(*COLUMNS, HOST + queue), rows=[(*row, "9") for row in ROWS])
    )
    guest = write(tmp_path / "g.csv", log(columns=[r"\\WEB" + queue], rows=rows))
    _, found = imported(tmp_path, host, guest)
    assert {(row["partition"], row["processor_queue_length"]) for row in found["guest"]} == {
        ("Root", 9),
        ("web", 3),
    }
    times = [row["time_ns"] for row in found["guest"]]
    assert times == sorted(times)


def test_a_binary_log_is_named_with_the_command_that_converts_it(tmp_path):
    path = write(tmp_path / "x.blg", "binary")
    with pytest.raises(BadFile, match=r'relog "x\.blg" -f csv -o "x\.csv" converts it'):
        imported(tmp_path, path)


def test_binary_logs_of_a_folder_are_told_with_the_command_that_converts_them(tmp_path, capsys):
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("y.BLG", "x.blg"):
        write(folder / name, "binary")
    arguments = ["import", "perfmon", str(folder), "--out", str(tmp_path / "c")]
    assert invoke(arguments) == 2
    said = '2 binary logs: relog "x.blg" -f csv -o "x.csv" converts the first\n'
    assert capsys.readouterr().err == f"hvecs: {folder} holds no log in text form, but {said}"
    write(folder / "a.csv", log())
    assert invoke(arguments) == 0
    assert f"left out of {folder}: {said}" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("legacy", [True, False])
def test_samples_of_get_counter_say_what_a_log_says(tmp_path, encoding, legacy):
    """The same counters, in lower case, at the same times; what has no value has a status."""
    samples = []
    for second, row in zip((0, 10, 20, 30), ROWS, strict=True):
        time = (
            f"/Date({1_795_593_600_000 + 1000 * second})/"
            if legacy
            else f"2026-11-25T09:00:{second:02d}+01:00"
        )
        samples.append({"Timestamp": time, "CounterSamples": []})
        for path, cell in zip(COLUMNS, row[1:], strict=True):
            value = (
                {"CookedValue": float(cell), "Status": 0}
                if cell.strip()
                else {"CookedValue": 0, "Status": 3221228474}
            )
            samples[-1]["CounterSamples"].append({"Path": path.lower(), "Timestamp": time} | value)
    _, expected = imported(
        tmp_path, write(tmp_path / "a.csv", log(columns=[each.lower() for each in COLUMNS]))
    )
    _, found = imported(tmp_path, write(tmp_path / "s.json", json.dumps(samples), encoding))
    for name in ("virtual_processor", "logical_processor"):
        assert found[name] == expected[name]


@pytest.mark.parametrize(("text", "line"), [("[]", 1), ('{"a": 1}', 1), ('[\n{"Path": "x",\n]', 3)])
def test_json_without_samples_is_refused_with_its_line(tmp_path, text, line):
    with pytest.raises(BadFile, match=rf"s\.json:{line}: "):
        imported(tmp_path, write(tmp_path / "s.json", text))


def _damaged(seed):  # noqa: C901 - a kind of damage a case
    """A log with one to four kinds of damage."""
    draw = random.Random(seed)  # noqa: S311 - damage, not secrets
    columns = [COLUMNS[at] for at in sorted(draw.sample(range(len(COLUMNS)), draw.randint(1, len(COLUMNS))))]
    stamps = [f"11/25/2026 09:{minute:02d}:00.000" for minute in range(draw.randint(0, 12))]
    rows = [
        (stamp, *(f"{draw.uniform(0, 100):.{draw.randint(0, 14)}f}" for _ in columns)) for stamp in stamps
    ]
    text = log(columns=columns, rows=rows, separator=draw.choice(",,,;\t"), end=draw.choice(["\r\n", "\n"]))
    data = bytearray(text.encode(draw.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"])))
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(9):
            case 0:
                del data[at:]
            case 1:
                del data[:at]
            case 2:
                data[at:at] = bytes(draw.randrange(256) for _ in range(draw.randint(1, 40)))
            case 3:
                del data[at : at + draw.randint(1, 200)]
            case 4:
                data[at:at] = b'"'
            case 5:
                data[at:at] = draw.choice([b"\n", b"\r\n", b"\0", b"\r", b",,,,", b" "])
            case 6:
                data[at:at] = bytes(data[max(0, at - 300) : at])
            case 7:
                data = bytearray(
                    data.replace(
                        draw.choice([b".", b"/", b":", b"\\", b"2026"]), draw.choice([b"", b",", b"-"])
                    )
                )
            case 8:
                data[at : at + 1] = bytes([draw.randrange(256)])
        if not data:
            break
    return bytes(data)


@pytest.mark.parametrize(
    "hundred", [0, 1, *(pytest.param(n, marks=pytest.mark.journey) for n in range(2, 10))]
)
def test_a_thousand_damaged_logs_are_read_or_refused_with_their_line(tmp_path, hundred):
    """Seeds 0 to 999: whatever is wrong, the capture is whole or there is none, and the fault has its place."""
    path = tmp_path / "a.csv"
    read, refused = 0, []
    for seed in range(100 * hundred, 100 * hundred + 100):
        path.write_bytes(_damaged(seed))
        try:
            capture, tables = imported(tmp_path, path)
        except BadFile as bad:
            refused.append((seed, bad.problem))
            continue
        read += 1
        assert any(len(rows) for name, rows in tables.items() if name != "runs"), seed
        for name, table in capture.manifest.tables.items():
            assert len(tables[name]) == table.rows, seed
            times = [row["time_ns"] for row in tables[name]] if name != "runs" else []
            assert times == sorted(times), seed
            assert all(time > 0 for time in times), seed
        assert all(count > 0 for count in capture.skipped.counts.values()), seed
    assert 10 <= read <= 95
    for seed, problem in refused:
        assert problem.file == str(path), seed
        assert problem.line is not None, seed
        assert problem.line >= 1, seed


def test_totals_alone_are_told_apart_from_those_that_follow_from_others(tmp_path):
    """`_Total` says nothing of single LPs or VPs; where they are there it says nothing new."""
    of_lps = (r"\\HV1\Hyper-V Hypervisor Logical Processor(_Total)\% Total Run Time",)
    text = log(columns=of_lps, rows=[(row[0], "50") for row in ROWS])
    with pytest.raises(BadFile, match=r"a\.csv:1: only column of an instance _Total without the instances"):
        imported(tmp_path, write(tmp_path / "a.csv", text))
    columns = (*COLUMNS, *of_lps)
    has_lps = any("Logical Processor(Hv LP" in each for each in COLUMNS)
    capture, _ = imported(
        tmp_path, write(tmp_path / "b.csv", log(columns=columns, rows=[(*row, "50") for row in ROWS]))
    )
    assert has_lps
    assert not any("without the instances" in reason for reason in capture.skipped.counts)


def test_what_no_sample_says_of_a_vm_is_null_and_half_of_the_samples_count_for_all(tmp_path):
    """`web` ran 5 % in one of three samples: 1.5 s of 30; its dispatches were never read."""
    of_web = rf"{HOST}\{VP}(web:Hv VP 0)"
    columns = (rf"{of_web}\% Guest Run Time", rf"{of_web}\Logical Processor Dispatches/sec")
    cells = [(" ", " "), (" ", " "), ("5", " "), (" ", " ")]
    text = log(columns=columns, rows=[(row[0], *more) for row, more in zip(ROWS, cells, strict=True)])
    _, tables = imported(tmp_path, write(tmp_path / "a.csv", text))
    (run,) = tables["runs"]
    assert run["web.guest_run_ns"] == 1_500_000_000
    assert run["web.dispatches"] is None
