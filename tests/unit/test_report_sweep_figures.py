"""Figures against the axes of a sweep, that need no run: what is joined, how axes are written, and the room of legends."""

from types import SimpleNamespace

import pytest

pytest.importorskip("matplotlib")

from hvecs.report.drawing import FIGURE_HEIGHT, WIDTH, draw
from hvecs.report.sweep_figures import MOST_LINES, axis_of, caption_of, height_of, lines_of, plotted
from hvecs.sweeps.statistics import Estimate

NAMES = ("x", "y", "z", "w")


def found(count):
    return [Estimate(2, float(point), 1.0, point - 1.0, point + 1.0, "t") for point in range(count)]


def grid(count):
    """Give `count` axes of two values each, over all their combinations."""
    points = [[(point >> place) % 2 for place in range(count)] for point in range(2**count)]
    return [
        axis_of(name, [f"{1 + 19 * point[place]} ms" for point in points])
        for place, name in enumerate(NAMES[:count])
    ]


def test_points_of_a_grid_are_joined_along_an_axis():
    axes = grid(2)
    lines = lines_of(axes, 0, found(4))
    assert [(line.label, list(line.points), line.joins) for line in lines] == [
        ("1 ms", [0, 1], True),
        ("20 ms", [2, 3], True),
    ]
    assert caption_of(axes, 0, lines) == " Lines: y."


def test_points_of_a_sample_are_not_joined_but_all_shown():
    axes = [axis_of("x", [3, 1, 2]), axis_of("y", [0.5, 0.25, 0.75])]
    (line,) = lines_of(axes, 0, found(3), "A")
    assert (line.label, list(line.points), line.joins) == ("A", [1, 2, 0], False)
    assert [each.mean for each in line.estimates] == [1.0, 2.0, 0.0]
    assert caption_of(axes, 0, [line]) == " From point to point y differ too."


def test_one_axis_and_one_point_need_no_word():
    axis = axis_of("x", [1, 2])
    assert caption_of([axis], 0, lines_of([axis], 0, found(2))) == ""
    (alone,) = lines_of([axis_of("x", [1]), axis_of("y", [2])], 0, found(1))
    assert alone.joins


@pytest.mark.parametrize(
    ("values", "numbers", "unit"),
    [
        (["1 ms", "20 ms"], [1.0, 20.0], "ms"),
        (["2500 us", "500 us"], [2.5, 0.5], "ms"),
        (["1 GiB", "512 MiB"], [1.0, 0.5], "GiB"),
        ([100, 200], [100.0, 200.0], ""),
    ],
)
def test_an_axis_is_in_the_unit_of_its_greatest_value(values, numbers, unit):
    axis = axis_of("x", values)
    assert (axis.numbers.tolist(), axis.unit, axis.is_number) == (numbers, unit, True)


@pytest.mark.parametrize("axes", [2, 4])
@pytest.mark.parametrize("long", ["", "a sweep with a name that is longer than a figure is wide " * 2])
def test_a_legend_stays_within_the_figure_and_leaves_the_drawing_its_room(axes, long):
    """Warnings are errors in tests: matplotlib warns where a legend leaves no room."""
    given = grid(axes)
    lines = lines_of(given, 0, found(2**axes), long)
    plot, seen = plotted(given[0], lines, "ns"), []

    def measured(canvas):
        plot(canvas)
        canvas.figure.canvas.draw()
        (legend,) = canvas.figure.legends
        seen.append(
            (canvas.get_position().height * canvas.figure.get_figheight(), legend.get_window_extent())
        )
        seen.append(canvas.figure.dpi)
        assert len(legend.get_texts()) == min(len(lines), MOST_LINES)

    draw("a", "A", "", measured, height_of(lines))
    (height, extent), dpi = seen
    assert extent.x0 >= 0
    assert extent.x1 <= WIDTH * dpi
    assert height > FIGURE_HEIGHT / 2


def test_names_in_any_script_are_drawn_without_a_warning():
    """The page's font is the reader's: that of matplotlib, which only measures, has no Chinese."""
    assert "数据库" in draw("a", "A", "", lambda canvas: canvas.set_xlabel("数据库")).svg


def test_the_colours_of_a_map_have_a_scale_with_its_unit(monkeypatch):
    import numpy as np
    from matplotlib.figure import Figure

    from hvecs.report import sweep_figures

    monkeypatch.setattr(sweep_figures, "draw", lambda *said: said)
    values = {"web.response_p95": np.array([[2e6], [4e6], [8e6], [np.nan]])}
    results = SimpleNamespace(values=values, units={"web.response_p95": "ns"})
    *_, plot, _ = sweep_figures.heat_map(results, "web.response_p95", grid(2), "m")
    figure = Figure()
    plot(figure.subplots())
    _, bar = figure.axes
    assert bar.get_ylabel() == "ms"
    assert bar.get_ylim() == (2, 8)
    assert len(bar.get_yticks()) >= 3
