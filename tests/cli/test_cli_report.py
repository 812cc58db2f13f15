"""`hvecs report`: one page that shows a run or a sweep, and harms nothing."""

import re
import shutil
import sys
import tomllib
from html.parser import HTMLParser

import pytest

from hvecs.cli import invoke
from hvecs.cli.report import PACKAGES
from tests.cli.helpers import BUSY, CHECKOUT, EXACT, files_below
from tests.sweeping import write

pytestmark = pytest.mark.journey


class Reader(HTMLParser):
    """Reads a page: its tags with their ids and addresses, and its text."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.addresses, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.addresses += [given[name] for name in ("href", "src", "xlink:href") if name in given]

    def handle_data(self, data):
        self.words.append(data)


def read(file):
    reader = Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a busy run, R, of a scenario whose purpose is markup, and its report, page.html."""
    folder = tmp_path_factory.mktemp("report")
    purpose = "shop & <script>alert(1)</script>"
    (folder / "busy.toml").write_text(BUSY.replace('name = "busy"', f'name = "busy"\npurpose = "{purpose}"'))
    for arguments in (
        ("run", folder / "busy.toml", "--out", folder / "R", "-q"),
        ("report", folder / "R", "--out", folder / "page.html"),
    ):
        assert invoke(list(map(str, arguments))) == 0
    return folder


@pytest.fixture
def page(made, tmp_path):
    """The page, in the present folder beside a copy of the run, which a test may spoil."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "page.html"


def test_the_page_needs_nothing_else_and_is_small(page):
    found = read(page)
    outside = [each for each in found.addresses if not each.startswith(("#", "data:"))]
    assert outside == []
    assert not {"script", "link", "iframe"} & set(found.tags)
    assert page.stat().st_size < 1_000_000


def test_each_section_of_which_there_are_tables_is_drawn(page):
    found = read(page)
    text = "".join(found.words)
    for heading in (
        "Processors",
        "Where the time goes",
        "Requests",
        "Waiting",
        "Memory",
        "What the hypervisor does",
        "What guests see of it",
        "The host",
    ):
        assert heading in text
    assert found.tags.count("figure") == found.tags.count("svg") >= 15
    assert len(found.ids) == len(set(found.ids))
    used = {each[1:] for each in found.addresses if each.startswith("#")}
    assert used <= set(found.ids)


def test_every_drawing_has_a_title_for_those_who_do_not_see_it(page):
    text = page.read_text(encoding="utf-8")
    drawings = re.findall(r"<svg .*?>", text)
    titles = [re.search(r'aria-labelledby="([^"]+)"', each)[1] for each in drawings]
    assert all(f'<title id="{each}">' in text for each in titles)


def test_what_a_scenario_names_is_text_and_never_markup(page):
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "shop &amp; &lt;script&gt;" in text


def test_the_same_run_gives_the_same_page(page, hvecs, tmp_path):
    first = page.read_bytes()
    assert hvecs("report", "R", "--out", "page.html").code == 0
    assert (tmp_path / "page.html").read_bytes() == first


@pytest.mark.usefixtures("page")
def test_the_folder_of_the_run_is_left_as_it_was(hvecs, tmp_path):
    before = files_below(tmp_path / "R")
    done = hvecs("report", "R", "--out", "R/page.html")
    assert done.code == 2
    assert "lies in the folder of the run" in done.err
    assert files_below(tmp_path / "R") == before


@pytest.mark.usefixtures("page")
def test_a_file_that_is_no_report_is_left_as_it_is(hvecs, tmp_path):
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    done = hvecs("report", "R", "--out", "mine.html")
    assert done.code == 2
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"


@pytest.mark.usefixtures("page")
def test_without_a_name_the_page_is_called_after_the_folder(hvecs, tmp_path):
    assert hvecs("report", "R").out == "R.html\n"
    assert (tmp_path / "R.html").is_file()


@pytest.mark.parametrize("content", [None, "{}", '{"format": "hvecs-run"}', "\x00"])
def test_a_folder_that_is_no_result_is_named(hvecs, tmp_path, content):
    (tmp_path / "X").mkdir()
    if content is not None:
        (tmp_path / "X" / "manifest.json").write_text(content)
    done = hvecs("report", "X")
    assert (done.code, done.out) == (2, "")
    assert "X" in done.err
    assert not (tmp_path / "X.html").exists()


@pytest.mark.usefixtures("page")
def test_a_damaged_table_is_named(hvecs, tmp_path):
    table = next((tmp_path / "R" / "partition").rglob("*.parquet"))
    table.write_bytes(table.read_bytes()[:100])
    done = hvecs("report", "R", "--out", "other.html")
    assert done.code in {1, 4}
    assert str(table.name) in done.err
    assert "internal" not in done.err
    assert not (tmp_path / "other.html").exists()


@pytest.mark.usefixtures("no_workers")
def test_a_sweep_is_drawn_against_its_axes(hvecs, tmp_path):
    assert hvecs("sweep", write(tmp_path), "--out", "S", "-q").code == 0
    done = hvecs("report", "S")
    assert done.code == 0, done.err
    found = read(tmp_path / "S.html")
    text = "".join(found.words)
    # two outcomes, each against both axes and over both
    assert found.tags.count("figure") == 6
    assert "elapsed over both axes" in text
    assert "6 points" in text
    assert found.tags.count("tr") == 7


def test_without_its_packages_it_says_how_to_install_them(hvecs, monkeypatch, made, tmp_path):
    """The names are those of the extra, so that the words hold."""
    extra = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split("[^a-z0-9]", each)[0] for each in extra["optional-dependencies"]["report"]} == set(
        PACKAGES
    )
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    (tmp_path / "R.html").write_text("mine")
    done = hvecs("report", made / "R")
    assert done.code == 1
    assert done.err == "hvecs: a report needs matplotlib: pip install 'hvecs[report]'\n"
    assert (tmp_path / "R.html").read_text() == "mine"


CROWDED = (
    EXACT
    + """
[[partition]]
name = "late"
memory = "7 GiB"
"""
)


def test_a_guest_that_did_not_start_is_on_the_page(hvecs, scenario, tmp_path):
    assert hvecs("run", scenario(CROWDED), "--out", "R", "-q").code == 0
    assert hvecs("report", "R").code == 0
    assert "not started: late" in "".join(read(tmp_path / "R.html").words)
    rows = rows_of(tmp_path / "R.html")
    assert rows[1][:2] == ["late", "did not start, as its memory was not to be had"]


TWO_ON_ONE = (
    EXACT.partition("[[partition]]")[0].replace("processors = 2", "processors = 1")
    + """
[[partition]]
name = "ever"
count = 2
[partition.workload]
kind = "closed"
threads = 1
work = "1 h"
"""
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # nothing costs anything: what runs is work; job runs for 2 ms of each 4, web for 1 ms of each 4
        (EXACT, "100 % of the time in which guests' VPs had something to do was work"),
        # each of two guests that always want the only LP runs half of the time
        (
            TWO_ON_ONE,
            "50 % of the time in which guests' VPs had something to do was work; most of the rest: waiting for an LP, 50.0 %",
        ),
        # the root does nothing: its Task Manager sees nothing of an LP that is always busy
        (TWO_ON_ONE, "Task Manager of the host shows 0.0 %, while its processors are 100 % busy"),
    ],
)
def test_it_says_where_the_time_went_and_what_the_host_shows(hvecs, scenario, tmp_path, text, said):
    assert hvecs("run", scenario(text), "--out", "R", "-q").code == 0
    assert hvecs("report", "R").code == 0
    assert said in "".join(read(tmp_path / "R.html").words)


def rows_of(file):
    """The rows of the tables of a page, as lists of cells."""
    rows = re.findall(r"<tr>(.*?)</tr>", file.read_text(encoding="utf-8"), re.DOTALL)
    return [
        [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in re.findall(r"<t[dh].*?>(.*?)</t", row)]
        for row in rows
    ]


SLOWER = EXACT.replace('mean = "1 ms"', 'mean = "2 ms"')


@pytest.fixture
def pair(hvecs, scenario):
    """Two runs, A and B, whose requests need 1 ms and 2 ms of an LP of their own; and the logs of A as the capture C."""
    assert hvecs("run", scenario(EXACT), "--out", "A", "-q", "--perfmon", "logs").code == 0
    assert hvecs("run", scenario(SLOWER), "--out", "B", "-q").code == 0
    assert hvecs("import", "perfmon", "logs", "--out", "C").code == 0


@pytest.mark.usefixtures("pair")
def test_two_runs_are_shown_side_by_side(hvecs, tmp_path):
    assert hvecs("report", "A", "B").out == "A-B.html\n"
    rows = rows_of(tmp_path / "A-B.html")
    head = next(row for row in rows if row[:1] == ["outcome"])
    assert head == ["outcome", "A", "B", "difference", "95 %", "share"]
    (mean,) = (row for row in rows if row[0] == "web.response_mean_ns")
    assert (mean[1:4], mean[5]) == (["1.00 ms", "2.00 ms", "1.00 ms"], "+100.0 %")
    text = "".join(read(tmp_path / "A-B.html").words)
    assert "A: verdict: " in text
    assert "B: verdict: " in text
    assert "How busy the logical processors are" in text
    assert "response_mean_ns: " in text


@pytest.mark.usefixtures("pair")
def test_a_run_is_shown_beside_a_capture(hvecs, tmp_path):
    """What the logs of A tell is what A tells."""
    assert hvecs("report", "C", "A", "--out", "page.html").code == 0
    found = {row[0]: row for row in rows_of(tmp_path / "page.html")}
    assert found["web.guest_run_pct"][5] == "+0.0 %"
    assert "Nothing" not in "".join(read(tmp_path / "page.html").words)


@pytest.mark.usefixtures("pair")
def test_what_cannot_stand_side_by_side_leaves_no_page(hvecs, tmp_path):
    damaged = next((tmp_path / "B" / "request").rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert hvecs("report", "A", "B").code == 4
    assert hvecs("report", "A", "nowhere").code == 2
    assert hvecs("report", "A", "C", "--out", "C/page.html").code == 2
    assert not list(tmp_path.rglob("*.html"))


@pytest.mark.usefixtures("no_workers")
def test_two_sweeps_are_shown_along_their_axes(hvecs, scenario, tmp_path):
    """One LP is used by job for 2 of 4 ms whatever its weight: the difference is that of the requests, and 0 for job."""
    axis = ("--axis", "partition.web.processor.weight=50,100,200")
    for name, text in (("A", EXACT), ("B", SLOWER)):
        assert hvecs("sweep", scenario(text), *axis, "--replications", "2", "--out", name, "-q").code == 0
    assert hvecs("report", "A", "B").code == 0
    rows = rows_of(tmp_path / "A-B.html")
    found = [row for row in rows if row[1:2] == ["web.response_mean_ns"]]
    assert [row[0] for row in found] == ["50", "100", "200"]
    assert {tuple(row[2:]) for row in found} == {("1.00 ms", "2.00 ms", "1.00 ms", "± 0 ns", "+100.0 %")}
    text = "".join(read(tmp_path / "A-B.html").words)
    assert "web.response_mean_ns against partition.web.processor.weight" in text
    assert "Difference of web.response_mean_ns against partition.web.processor.weight" in text
    other = ("--axis", "partition.job.processor.weight=50,100")
    assert hvecs("sweep", scenario(EXACT), *other, "--out", "D", "-q").code == 0
    done = hvecs("report", "A", "D", "--out", "none.html")
    assert (done.code, (tmp_path / "none.html").exists()) == (2, False)
    assert "have no point and outcome in common" in done.err
