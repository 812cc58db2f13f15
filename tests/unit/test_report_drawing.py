"""The parts of the report's drawings that need no run: styles, and SVG made short."""

from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from hvecs.report import cpu
from hvecs.report.drawing import FIGURE_HEIGHT, WIDTH, logarithmic
from hvecs.report.lines import lines, stacked
from hvecs.report.palette import Palette
from hvecs.report.series import Samples, binned
from hvecs.report.source import RunSource
from hvecs.report.svg import inline

NAMES = [f"vm-{number}" for number in range(24)]


def test_a_name_keeps_its_style_and_no_two_of_24_have_the_same():
    palette = Palette({"root": "#123456"})
    styles = [palette.of(name) for name in NAMES]
    assert len({*styles, palette.of("root")}) == 25
    assert [palette.of(name) for name in reversed(NAMES)] == styles[::-1]
    assert palette.of("root").colour == "#123456"


def test_a_name_has_one_colour_in_lines_and_areas():
    import numpy as np

    samples = Samples(np.array([1.0, 2.0]), np.array([1.0, 1.0]), ("a", "b"), {})
    bins = binned(samples, np.array([[1.0, 2.0], [3.0, 4.0]]))
    palette = Palette()
    left, right = Figure().subplots(), Figure().subplots()
    lines(left, bins, ["a", "b"], "x", palette)
    stacked(right, bins, ["b", "a"], palette)
    drawn = {line.get_label(): line.get_color() for line in left.get_lines()}
    from matplotlib.colors import to_hex

    filled = {patch.get_label(): to_hex(patch.get_facecolor()) for patch in right.patches}
    assert drawn == filled
    assert drawn["a"] != drawn["b"]


@pytest.mark.parametrize(("times", "marker"), [([1.0], "o"), ([1.0, 2.0], "")])
def test_one_sample_alone_is_seen_as_a_point(times, marker):
    import numpy as np

    samples = Samples(np.array(times), np.ones(len(times)), ("a",), {})
    axes = Figure().subplots()
    lines(axes, binned(samples, np.ones((len(times), 1))), ["a"], "x", Palette())
    (line,) = axes.get_lines()
    assert line.get_marker() == marker


def test_lines_and_areas_end_before_a_hole_and_a_sample_between_two_is_a_point():
    import numpy as np

    samples = Samples(np.array([1.0, 2.0, 9.0, 19.0, 20.0]), np.ones(5), ("a", "b"), {})
    bins = binned(samples, np.ones((5, 2)))
    left, right = Figure().subplots(), Figure().subplots()
    lines(left, bins, ["a", "b"], "x", Palette())
    stacked(right, bins, ["a", "b"], Palette())
    for line in left.get_lines():
        assert np.isnan(line.get_ydata()).tolist() == [False, False, True, False, True, False, False]
        assert (line.get_marker(), line.get_markevery()) == ("o", [3])
    for patch in right.patches:
        filled = patch.get_path().to_polygons()
        assert [(each[:, 0].min(), each[:, 0].max()) for each in filled] == [(0, 2), (8, 9), (18, 20)]


@pytest.mark.parametrize("rows", [1, 3, 9, 24, 40])
def test_the_legend_of_who_uses_the_processors_lies_beside_the_bars(monkeypatch, rows):
    import numpy as np

    names = tuple(f"vm-{number}" for number in range(rows))
    parts = ("guest_run_ns", "hypervisor_run_ns", "ready_ns", "capped_ns")
    samples = Samples(np.array([1.0]), np.ones(1), names, {part: np.full((1, rows), 9e8) for part in parts})
    monkeypatch.setattr(cpu, "draw", lambda *said: said)
    *_, plot, height = cpu._partitions(samples, RunSource(Path(), {}, {}))
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    plot(axes)
    figure.draw_without_rendering()
    bars = axes.get_window_extent()
    (legend,) = [*figure.legends, *([axes.get_legend()] if axes.get_legend() else [])]
    assert not legend.get_window_extent().overlaps(bars)
    assert bars.height >= 12 * figure.dpi / 100 * min(rows, 24)


@pytest.mark.parametrize("low", [0.0123, 0.9, 1.05, 2.1, 6, 300])
@pytest.mark.parametrize("ratio", [1, 1.2, 1.5, 2, 3, 4.9, 5, 9, 100, 1e4, 1e9])
def test_an_axis_of_powers_has_two_numbers_at_least(low, ratio):
    axes = Figure(figsize=(WIDTH, FIGURE_HEIGHT)).subplots()
    axes.plot([0, 1], [low, low * ratio])
    logarithmic(axes.yaxis, low, low * ratio)
    least, most = axes.get_ylim()
    shown = axes.yaxis.get_major_formatter()
    assert len({shown(at) for at in axes.yaxis.get_majorticklocs() if least <= at <= most}) >= 2


@pytest.mark.parametrize(
    ("given", "short"),
    [
        ("M 0 0 \nL 10 0 \nL 20.04 0 \nL 20.04 5 \nL 20.04 3 \nz", "M0 0H20.0V5V3z"),
        ("M 1 2 L 3 4 L 5 6", "M1 2L3 4L5 6"),
        ("M 0 0 L 5 0 L 2 0 M 7 7 L 7 9", "M0 0H5H2M7 7V9"),
        ("M 0 0 L 0 0", "M0 0V0"),
        ("M 0 1 C 1.26 1 2 3 4 5 z", "M0 1 C1.2 1 2 3 4 5 z"),
        ("M 0 0 L -5 0 L -5 -1", "M0 0H-5V-1"),
    ],
)
def test_paths_are_written_short_and_go_the_same_way(given, short):
    """Steps back are kept, and so is a dot: only points on the way of a straight step go."""
    svg = f'<svg viewBox="0 0 9 9"><path d="{given}"/></svg>'
    assert f'd="{short}"' in inline(svg, "n", "t")
