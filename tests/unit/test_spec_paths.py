import pytest

from hvecs.cli.sweep_text import short_names
from hvecs.spec import SpecError, load
from hvecs.spec.paths import key_text, read_path, split_setting
from hvecs.spec.units import GIB

BASE = """\
[scenario]
name = "s"
[host]
logical_processors = 4
memory = "32 GiB"
[[partition]]
name = "SQL Server 01"
count = 2
[[partition]]
name = "dc01.corp.local"
[[partition]]
name = 'sv101 (linux) = "a\\b"'
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "host.toml"
    path.write_text(BASE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("host.costs.context_switch", ("host", "costs", "context_switch")),
        ("partition[2].memory", ("partition", 2, "memory")),
        ('partition."SQL Server 01".memory', ("partition", "SQL Server 01", "memory")),
        ("partition.'a.b = c'.memory", ("partition", "a.b = c", "memory")),
        (r'partition."a\"b\\c\u00fc".memory', ("partition", 'a"b\\cü', "memory")),
        ("", None),
        (".host", None),
        ("host..memory", None),
        ("host.", None),
        ("[0].memory", None),
        ('partition"x".memory', None),
        ('partition."x.memory', None),
        (r'partition."\q".memory', None),
        ("host memory", None),
    ],
)
def test_a_path_is_read_as_toml_reads_keys(text, steps):
    assert read_path(text) == steps


@pytest.mark.parametrize(
    "name", ["web-0", "SQL Server 01", "dc01.corp.local", 'q"\\', "Bühne (alt)", "a=b'c"]
)
def test_a_key_that_is_written_is_read_back(name):
    assert read_path(f"partition.{key_text(name)}.memory") == ("partition", name, "memory")


def test_a_setting_is_cut_where_its_path_ends():
    assert split_setting(' partition."a = b".memory = "1 = 2" ') == ('partition."a = b".memory', '"1 = 2"')
    assert split_setting("host.memory") == ("host.memory", None)
    assert split_setting("=5") == ("", "5")


def test_a_guest_with_any_name_is_set_by_its_quoted_name(path):
    sets = [
        'partition."SQL Server 01-1".processor.weight=200',
        "partition.'dc01.corp.local'.memory=2 GiB",
        r'partition."sv101 (linux) = \"a\\b\"".memory=3 GiB',
    ]
    found = load(path, sets).partition
    assert [block.name for block in found][:2] == ["SQL Server 01-0", "SQL Server 01-1"]
    assert [block.processor.weight for block in found] == [100, 200, 100, 100]
    assert [block.memory // GIB for block in found] == [1, 1, 2, 3]


def test_a_name_with_dots_that_is_not_quoted_is_shown_how(path):
    with pytest.raises(SpecError) as error:
        load(path, ["partition.dc01.corp.local.memory=2 GiB"])
    assert str(error.value) == (
        '--set partition.dc01.corp.local.memory: there is no partition "dc01"; '
        'expected its name in quotes, as in partition."dc01.corp.local".memory'
    )


@pytest.mark.parametrize(
    "name", ["", "  ", "a\\u001b[31m", "a\\nb", "a\\u0000", "a\\u202e", "a\\u2028b", "x" * 101]
)
def test_what_cannot_be_seen_is_no_name(path, name):
    path.write_text(BASE.replace('"dc01.corp.local"', f'"{name}"'))
    with pytest.raises(
        SpecError, match=r"partition.1..name: expected a name of 1 to 100 printable characters"
    ):
        load(path)


@pytest.mark.parametrize("name", ["Root", "_Total"])
def test_the_names_that_windows_gives_itself_are_reserved(path, name):
    path.write_text(BASE.replace('"dc01.corp.local"', f'"{name}"'))
    with pytest.raises(SpecError, match="is reserved; expected another name"):
        load(path)


def test_the_short_name_of_an_axis_keeps_a_quoted_key_whole():
    paths = ['partition."dc01.corp.local".memory', "partition.web.memory", "host.page"]
    assert short_names(paths) == ['"dc01.corp.local".memory', "web.memory", "page"]
