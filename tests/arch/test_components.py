"""The catalogue of components is complete, and components are what they say."""

import esper
import numpy as np
import pytest

import components
from components import Component
from components.archetypes import ARCHETYPES
from components.declare import LINE_BYTES, int64
from hvecs.engine.build import build
from hvecs.spec import load
from systems.state.memory import MEMORY_COMPONENTS
from systems.state.samples import SAMPLE_COMPONENTS
from systems.state.tables import COMPONENTS

ALL = sorted(Component.__subclasses__(), key=lambda c: c.__name__)


@pytest.mark.parametrize("component", ALL, ids=lambda c: c.__name__)
def test_every_component_is_exported_and_in_the_catalogue(component):
    assert getattr(components, component.__name__) is component
    lines = [line.split() for line in components.__doc__.splitlines()]
    assert sum(1 for line in lines if line and line[0] == component.__name__) == 1


@pytest.mark.parametrize("component", ALL, ids=lambda c: c.__name__)
def test_every_field_has_a_unit_or_is_a_flag_and_a_meaning(component):
    assert component.__doc__
    for name, field in component.fields.items():
        assert field.doc, name
        if name.endswith("_ns"):
            assert field.unit.startswith("ns"), name


def test_every_table_that_kernels_take_holds_a_component():
    in_archetypes = {component for archetype, _ in ARCHETYPES.values() for component in archetype}
    pools = {
        components.Task,
        components.Journey,
        components.PageRead,
        components.Request,
        components.DispatchRecord,
        components.InterceptRecord,
        components.MigrationRecord,
        components.DemandPoint,
        components.MemoryOperation,
        components.RateStep,
        components.LifeSpan,
        components.TierCall,
        components.TierGuest,
        components.OutstandingGroup,
        components.Visit,
        components.Attempt,
    }
    held = {*COMPONENTS.values(), *MEMORY_COMPONENTS.values(), *SAMPLE_COMPONENTS.values()}
    assert held == in_archetypes | pools


def test_a_field_that_would_hide_an_array_attribute_is_refused():
    with pytest.raises(TypeError, match="hide an attribute"):
        type("Bad", (Component,), {"size": int64("too big", "bytes")}).table(1)


def test_what_every_dispatch_reaches_comes_first_in_rows_that_begin_at_a_cache_line():
    class Row(Component, hot="late early"):
        early = int64("an early one", "count", default=3)
        rare = int64("one in between", "count", default=4)
        late = int64("a late one", "count", default=5)

    table = Row.table(3)
    assert list(Row.fields) == ["early", "rare", "late"]
    assert table.dtype is Row.table(1).dtype
    assert [Row.dtype.fields[name][1] for name in ("late", "early", "rare")] == [0, 8, 16]
    assert table.itemsize == LINE_BYTES
    assert table.ctypes.data % LINE_BYTES == 0
    assert table.tolist() == [(5, 3, 4)] * 3
    with pytest.raises(KeyError, match="absent"):
        type("Bad", (Component,), {"size_ns": int64("a size", "ns")}, hot="absent").table(1)


def test_the_instance_in_esper_is_the_running_row(tmp_path):
    scenario = tmp_path / "s.toml"
    scenario.write_text(
        '[scenario]\nname = "s"\n[host]\nlogical_processors = 2\nmemory = "8 GiB"\n[[partition]]\nname = "a"\n'
    )
    world = build(load(scenario))
    vp = int(world.entities["virtual processor"][-1])
    row = esper.component_for_entity(vp, components.VpState)
    world.tables.vps[-1].state = 7
    assert isinstance(row, np.record)
    assert row.state == 7
    row.state = 3
    assert world.tables.vps.state[-1] == 3
    assert esper.component_for_entity(int(world.entities["partition"][1]), components.name.Name).text == "a"
