"""The chapter of the guide on the speed of hvecs is made of what benches recorded and printed."""

from tests.bench.__main__ import chapter, read

REPORT = """<testsuites><testsuite>
<testcase classname="tests.bench.test_loop" name="test_the_loop_beside_its_peers" time="1">
<properties><property name="loop" value='{"8, 4": {"hvecs": {"ns a dispatch": 300.4, "us a simulated second": 50.0},
"heapq": {"ns a dispatch": 800.0, "us a simulated second": 1250.0}}}'/></properties>
<system-out>--------- Captured Out ---------
(8, 4): hvecs
</system-out></testcase>
<testcase classname="tests.bench.test_start" name="test_help_is_quick" time="1"><system-out>--- Captured Out ---
0.07 s

</system-out></testcase>
<testcase classname="tests.bench.test_sweeps" name="test_two_jobs" time="1"><failure message="no"/><system-out>1.2 times</system-out></testcase>
<testcase classname="tests.bench.test_find" name="test_find" time="0"><skipped/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_read_by_bench():
    found = read(REPORT)
    assert [each["outcome"] for each in found.values()] == ["passed", "passed", "failure", "skipped"]
    assert found["test_start.test_help_is_quick"] == {
        "printed": ["0.07 s"],
        "recorded": {},
        "outcome": "passed",
    }
    assert found["test_loop.test_the_loop_beside_its_peers"]["recorded"]["loop"]["8, 4"]["hvecs"] == {
        "ns a dispatch": 300.4,
        "us a simulated second": 50.0,
    }


def test_the_chapter_has_the_table_and_a_line_for_each_other_bench_that_ran():
    text = chapter({"machine": "one processor", "benches": read(REPORT)})
    assert "on one processor." in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert table == [
        "| VPs, LPs | hvecs | heapq |",
        "|---|---|---|",
        "| 8, 4 | 300 | 800 |",
        "| 8, 4 (us) | 50 | 1,250 |",
    ]
    assert text.endswith("- help is quick: 0.07 s\n- two jobs (not reached): 1.2 times\n")
