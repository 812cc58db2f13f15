"""The chapter on live migration: its tables name what there is, and its figures follow from the defaults."""

import re
from pathlib import Path

from components.change import CHANGE_RESULTS
from components.migration import MIGRATION_OUTCOMES
from hvecs.output.event_schema import EVENT
from hvecs.spec.event import OF_HOST
from hvecs.spec.live_migration import LiveMigration

CHAPTER = (Path(__file__).parents[2] / "hvecs" / "guide" / "migration.md").read_text(encoding="utf-8")
MIB = 2**20


def rows_below(head):
    """Give the cells of the table that begins with `head`."""
    lines = CHAPTER[CHAPTER.index(head) :].split("\n\n")[0].split("\n")[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_result_of_an_event_that_the_chapter_lists_is_one_and_stands_in_the_meaning_of_the_column():
    meaning = next(column.doc for column in EVENT.columns if column.name == "result")
    rows = rows_below("| `action` | `result` |")
    actions = {action for row in rows for action in re.findall(r"`(\w+)`", row[0])}
    assert actions >= {"migrate", *OF_HOST}
    for _, result, _ in rows:
        assert result in CHANGE_RESULTS
        assert result in meaning
    assert {row[1] for row in rows if row[0] == "`migrate`"} == {"done", "refused", "cancelled", "migrating"}


def test_each_outcome_of_a_migration_is_in_the_chapter():
    listed = [name.strip() for row in rows_below("| `outcome` |") for name in row[0].split(",")]
    assert sorted(listed) == sorted(MIGRATION_OUTCOMES)


def test_what_the_work_of_a_root_comes_to_follows_from_the_defaults():
    given = LiveMigration()
    rate = given.bandwidth / MIB
    lps = rate * given.transfer_cost / 1e9
    said = f"10 Gbit/s are {lps:.1f} LPs of work for each root: {rate:.0f} MiB a second, {given.transfer_cost / 1e6:.0f} ms each"
    assert given.bandwidth == 10e9 / 8
    assert said in CHAPTER
