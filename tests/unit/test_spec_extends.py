import pytest

from hvecs.spec import SpecError, load
from hvecs.spec.units import GIB

BASE = """\
[scenario]
name = "base"
trace = ["dispatch"]
[host]
logical_processors = 4
memory = "32 GiB"
[[partition]]
name = "web"
virtual_processors = 2
[partition.processor]
weight = 200
cap = "50 %"
affinity = [0, 1]
[[partition]]
name = "db"
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**files):
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/") + ".toml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return write


def problems(name, *sets):
    with pytest.raises(SpecError) as error:
        load(name, sets)
    return [str(problem) for problem in error.value.problems]


def test_tables_merge_by_key_partitions_by_name_and_other_arrays_replace(write):
    write(
        base=BASE,
        top="""\
extends = "base.toml"
[scenario]
name = "top"
trace = []
[[partition]]
name = "cache"
[[partition]]
name = "web"
memory = "2 GiB"
processor = { weight = 300, affinity = [3] }
""",
    )
    found = load("top.toml")
    assert found.scenario.name == "top"
    assert found.scenario.trace == ()
    assert found.host.memory == 32 * GIB
    assert [block.name for block in found.partition] == ["web", "db", "cache"]
    web = found.partition[0]
    assert (web.virtual_processors, web.memory) == (2, 2 * GIB)
    assert (web.processor.weight, web.processor.cap, web.processor.affinity) == (300, 50.0, (3,))


def test_a_problem_lies_in_the_file_that_set_the_key(write):
    write(
        base=BASE.replace("weight = 200", "weigth = 200").replace("32 GiB", "32 GB"),
        top='extends = "base.toml"\n[host]\nlogical_processors = 0\n[[partition]]\nname = "web"\ncout = 1\n',
    )
    found = problems("top.toml")
    assert [line.split(": ")[:2] for line in found] == [
        ["top.toml:3", "host.logical_processors"],
        ["top.toml:6", "partition[0].cout"],
        ["base.toml:6", "host.memory"],
        ["base.toml:11", "partition[0].processor.weigth"],
    ]


def test_a_missing_key_lies_at_the_header_that_opened_its_table_last(write):
    write(base=BASE + "[partition.workload]\nkind = 'open'\nrate = '1 /s'\n", top='extends = "base.toml"\n')
    assert problems("top.toml")[0].startswith("base.toml:16: partition[1].workload.service: missing")
    write(top='extends = "base.toml"\n[[partition]]\nname = "db"\n[partition.workload]\norder = "fifo"\n')
    assert problems("top.toml")[0].startswith("top.toml:4: partition[1].workload.service: missing")


def test_chains_and_folders_are_followed_from_the_file_that_names_them(write, tmp_path):
    write(
        lib__base=BASE
        + "[partition.workload]\nkind = 'closed'\nwork = '1 h'\ncompute = { distribution = 'empirical', file = 'data.txt' }\n",
        lib__middle='extends = "base.toml"\n',
        top='extends = "lib/middle.toml"\n',
    )
    (tmp_path / "lib" / "data.txt").write_text("3 ms\n")
    assert load("top.toml").partition[1].workload.compute.values == (3_000_000,)
    (tmp_path / "lib" / "data.txt").write_text("3 m\n")
    assert problems("top.toml")[0].startswith("lib/data.txt:1: unknown unit")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"no.toml"', 'cannot read "no.toml": no such file or directory; expected a scenario file'),
        ('"."', '"." is not a file; expected a scenario file'),
        ('"a\\u0000b"', "cannot read"),
        ('"top.toml"', '"top.toml" extends this file in turn; expected a file that does not'),
        ("5", "expected the name of a scenario file; got 5"),
        (f'"{"x" * 300}"', "cannot read"),
    ],
)
def test_a_bad_extends_is_one_problem_at_its_key(write, value, said):
    write(top=f"# first\nextends = {value}\n[host]\nmemory = '1 GiB'\n")
    found = problems("top.toml")
    assert len(found) == 1
    assert found[0].startswith(f"top.toml:2: extends: {said}")


def test_a_circle_is_found_through_other_files_and_links(write, tmp_path):
    write(a='extends = "link.toml"\n', b='extends = "a.toml"\n')
    (tmp_path / "link.toml").symlink_to("b.toml")
    assert problems("a.toml") == [
        'link.toml:1: extends: "a.toml" extends this file in turn; expected a file that does not'
    ]


def test_a_base_that_is_not_toml_hides_no_problem_of_the_file_above_and_adds_none(write):
    write(base="[host\n", top='extends = "base.toml"\n[host]\nmemroy = "1 GiB"\npage = 5\n')
    found = problems("top.toml", "partition.web.memory=2 GiB")
    assert [line.split(" ")[0] for line in found] == ["top.toml:3:", "top.toml:4:", "base.toml:1:"]


def test_blocks_without_a_name_are_added_not_merged(write):
    write(base=BASE, top='extends = "base.toml"\n[[partition]]\nmemory = "1 GiB"\n')
    assert problems("top.toml") == [
        "top.toml:2: partition[2].name: missing; expected a name of 1 to 100 printable characters"
    ]


def test_a_name_used_twice_merges_once(write):
    write(base=BASE, top='extends = "base.toml"\n' + '[[partition]]\nname = "web"\n' * 2)
    assert problems("top.toml") == [
        'top.toml:5: partition[2].name: another block has a guest "web" too; expected names that differ, in more than upper and lower case'
    ]


def test_a_scalar_over_a_table_is_a_problem_of_the_file_above(write):
    write(base=BASE, top='extends = "base.toml"\nhost = 5\n')
    assert problems("top.toml") == ["top.toml:2: host: expected a table [host]; got 5"]
