import tomllib

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from hvecs.spec.positions import key_lines

KEYS = st.one_of(
    st.sampled_from(["a", "b", "partition", "x-y", "1.5", "d.e", " ", "é", 'q"q']), st.text(max_size=3)
)
SCALARS = st.one_of(st.integers(0, 9), st.booleans(), st.text(max_size=5), st.just("two\nlines\r\n'''"))
TABLES = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=3),
    lambda inner: st.dictionaries(
        KEYS,
        st.one_of(SCALARS, inner, st.lists(inner, max_size=3), st.lists(SCALARS, max_size=3)),
        max_size=4,
    ),
    max_leaves=12,
)


def paths(value, steps=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*steps, key)
        yield from paths(inner, (*steps, key))


@given(TABLES, st.booleans())
def test_every_key_of_a_valid_file_is_on_its_line(data, multiline):
    text = tomli_w.dumps(data, multiline_strings=multiline)
    lines, rows = key_lines(text.encode()), text.split("\n")
    found = tomllib.loads(text)
    assert found.keys() == data.keys()
    for steps in paths(found):
        row = rows[lines[steps] - 1]
        if isinstance(steps[-1], str):
            written = tomli_w.dumps({steps[-1]: 0}).removesuffix(" = 0\n")
            assert written in row


@given(TABLES)
def test_lines_follow_the_lines_put_before_them(data):
    text = tomli_w.dumps(data)
    moved = key_lines(b"# one\n\r\n" + text.encode())
    assert {steps: line - 2 for steps, line in moved.items() if steps} == {
        steps: line for steps, line in key_lines(text.encode()).items() if steps
    }
