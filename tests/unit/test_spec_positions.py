import pytest

from hvecs.spec.positions import key_lines

TEXT = b"""\
a.b = 1
"q.x" = { c = 2, d.e = [
  10,
  { f = 1 },
] }
# a comment
[t."u.v".w] # another
x = \"\"\"m
n\"\"\"
y = 1
[t]
z = 1
[[p]]
name = 'one'
[p.work]
k = 1979-05-27
[[p]]
name = "two" # here
[p."work"]
k = 2
[[p.in]]
[[p.in]]
m = 3
[p.in.deep]
n = 4
"""

EXPECTED = {
    ("a",): 1,
    ("a", "b"): 1,
    ("q.x",): 2,
    ("q.x", "c"): 2,
    ("q.x", "d", "e"): 2,
    ("q.x", "d", "e", 0): 3,
    ("q.x", "d", "e", 1, "f"): 4,
    ("t",): 11,
    ("t", "u.v", "w"): 7,
    ("t", "u.v", "w", "x"): 8,
    ("t", "u.v", "w", "y"): 10,
    ("t", "z"): 12,
    ("p",): 13,
    ("p", 0): 13,
    ("p", 0, "name"): 14,
    ("p", 0, "work"): 15,
    ("p", 0, "work", "k"): 16,
    ("p", 1): 17,
    ("p", 1, "name"): 18,
    ("p", 1, "work"): 19,
    ("p", 1, "work", "k"): 20,
    ("p", 1, "in", 0): 21,
    ("p", 1, "in", 1): 22,
    ("p", 1, "in", 1, "m"): 23,
    ("p", 1, "in", 1, "deep", "n"): 25,
}


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_every_key_has_its_line(newline):
    lines = key_lines(TEXT.replace(b"\n", newline))
    assert {steps: lines.get(steps) for steps in EXPECTED} == EXPECTED


def test_an_escaped_key_is_read_as_tomllib_reads_it():
    assert key_lines(b'\n"caf\\u00e9" = 1\n')["café",] == 2


def test_an_empty_file_has_one_line():
    assert key_lines(b"") == {(): 1}
