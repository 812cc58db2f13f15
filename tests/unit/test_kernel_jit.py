import os
import shutil
import stat
from pathlib import Path

import pytest

from systems.kernels import jit, numba_ext
from tests.forks import forks

ROOT = Path(__file__).parents[2]

CALLEE = "from systems.kernels.jit import njit\n\n\n@njit\ndef inner(x: int) -> int:\n    return x + {}\n"
CALLER = """
from systems.kernels.callee import inner
from systems.kernels.jit import njit

@njit
def outer(x: int) -> int:
    return inner(x) * 10
"""
RUN = """
import numba
from systems.caller import outer
from systems.kernels import code_folder
before = code_folder.is_warm(), code_folder.is_warm(outer)
print(outer(1), *before, code_folder.is_warm(), code_folder.is_warm(outer), numba.config.CACHE_DIR or "-", code_folder.cache_folder())
"""
HASH = 16


@pytest.fixture
def tree(tmp_path):
    """A program of two kernels in two files, one calling the other, beside a copy of the module under test."""
    kernels = tmp_path / "tree" / "systems" / "kernels"
    kernels.mkdir(parents=True)
    (tmp_path / "tree" / "components").mkdir()
    (kernels / "numba_ext").mkdir()
    for package in (kernels, kernels.parent, tmp_path / "tree" / "components"):
        (package / "__init__.py").touch()
    for module in ("code_folder", "jit", "stored", "uninterrupted"):
        shutil.copy(Path(jit.__file__).with_name(f"{module}.py"), kernels)
    for path in Path(numba_ext.__file__).parent.glob("*.py"):
        shutil.copy(path, kernels / "numba_ext")
    (kernels / "callee.py").write_text(CALLEE.format(1))
    (kernels.parent / "caller.py").write_text(CALLER)
    (tmp_path / "file").touch()
    return tmp_path / "tree"


def run(tree, code=RUN, **settings):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "XDG_", "PYTHONPATH"))}
    env = {
        **kept,
        "PYTHONPATH": str(tree),
        "TMPDIR": str(tree.parent),
        **{k: str(v) for k, v in settings.items()},
    }
    done = forks("numba", cwd=ROOT, PYTHONPATH="").run("-c", code, cwd=tree, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_an_edit_of_a_called_kernel_changes_the_next_run(tree):
    cache = tree.parent / "cache"
    first = run(tree, XDG_CACHE_HOME=cache)
    assert first[:5] == ["20", "False", "False", "True", "True"]
    assert run(tree, XDG_CACHE_HOME=cache)[:3] == ["20", "True", "True"]
    (tree / "systems" / "kernels" / "callee.py").write_text(CALLEE.format(2))
    third = run(tree, XDG_CACHE_HOME=cache)
    assert third[:3] == ["30", "False", "False"]
    assert third[-1] != first[-1]
    (tree / "components" / "added.py").write_text("X = 1\n")
    assert run(tree, XDG_CACHE_HOME=cache)[-1] not in {first[-1], third[-1]}


def test_a_second_run_compiles_nothing(tree):
    code = "from systems.caller import outer; outer(1); print(sum(outer.stats.cache_misses.values()))"
    assert run(tree, code, XDG_CACHE_HOME=tree.parent / "cache") == ["1"]
    assert run(tree, code, XDG_CACHE_HOME=tree.parent / "cache") == ["0"]


def test_a_copy_of_the_sources_elsewhere_compiles_nothing(tree):
    """A second clone, an installed copy, or the same files written anew; but a kernel of the user's own is told by its place."""
    own = "from systems.kernels.jit import njit\n@njit\ndef own(x):\n    return x + 1\n"
    cache = tree.parent / "cache"
    code = (
        "from systems.caller import outer; from mine import own; outer(1), own(1)\n"
        "print(*(sum(each.stats.cache_misses.values()) for each in (outer, own)))"
    )
    (tree / "mine.py").write_text(own)
    other = shutil.copytree(tree, tree.parent / "other")
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["1", "1"]
    for path in tree.rglob("*.py"):
        os.utime(path)
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["0", "0"]
    assert run(other, code, XDG_CACHE_HOME=cache) == ["0", "1"]


@pytest.mark.parametrize(("chosen", "used"), [("cache", "cache/hvecs"), ("file", f"hvecs-{os.getuid()}")])
def test_code_is_kept_for_a_user_who_shares_new_files_with_a_group(tree, chosen, used):
    """Whose umask is 002: the folders are the user's own all the same, where they were asked for or where no folder can be made there."""
    code = "import os; os.umask(0o002)\n" + RUN
    chosen = tree.parent / chosen
    assert run(tree, code, XDG_CACHE_HOME=chosen)[1:5] == ["False", "False", "True", "True"]
    again = run(tree, code, XDG_CACHE_HOME=chosen)
    assert again[1:3] == ["True", "True"]
    assert Path(again[-1]).parent == tree.parent / used


def test_a_kernel_that_comes_from_no_file_runs_and_is_not_kept(tree):
    code = (
        "from systems.kernels.jit import njit\nhere = {'njit': njit}\n"
        "exec(compile('@njit\\ndef f(x):\\n    return x + 1', '<cell>', 'exec'), here)\nprint(here['f'](1))\n"
    )
    cache = tree.parent / "cache"
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["2"]
    assert not list(cache.rglob("*.nbc"))


def test_what_is_edited_after_it_was_imported_is_not_taken_for_what_is_compiled(tree):
    cache, callee = tree.parent / "cache", tree / "systems" / "kernels" / "callee.py"
    edit = f"import systems.caller, pathlib; pathlib.Path({str(callee)!r}).write_text({CALLEE.format(2)!r})\n"
    assert run(tree, edit + RUN, XDG_CACHE_HOME=cache)[0] == "20"
    assert run(tree, XDG_CACHE_HOME=cache)[:2] == ["30", "False"]


def test_the_folder_follows_the_users_settings_and_leaves_numbas_alone(tree):
    home, chosen = tree.parent / "home", tree.parent / "chosen"
    by_home = run(tree, HOME=home)
    assert Path(by_home[-1]).parent == home / ".cache" / "hvecs"
    assert by_home[-2] == "-"
    by_numba = run(tree, HOME=home, XDG_CACHE_HOME=home, NUMBA_CACHE_DIR=chosen)
    assert Path(by_numba[-1]).parent == chosen / "hvecs"
    assert by_numba[-2] == str(chosen)
    name = Path(by_numba[-1]).name
    assert name == Path(by_home[-1]).name
    assert len(name) == HASH
    assert not list(tree.rglob("*.nb[ic]"))


def test_a_users_list_of_locators_does_not_bring_stale_code_back(tree):
    settings = {"XDG_CACHE_HOME": tree.parent / "cache", "NUMBA_CACHE_LOCATOR_CLASSES": "InTreeCacheLocator"}
    assert run(tree, **settings)[0] == "20"
    (tree / "systems" / "kernels" / "callee.py").write_text(CALLEE.format(2))
    assert run(tree, **settings)[0] == "30"


def test_compiler_settings_have_folders_of_their_own(tree):
    cache = tree.parent / "cache"
    folders = [
        run(tree, XDG_CACHE_HOME=cache, **s)[-1] for s in ({}, {"NUMBA_BOUNDSCHECK": 1}, {"NUMBA_OPT": 1})
    ]
    assert len(set(folders)) == 3


def test_an_unwritable_home_falls_back_to_a_private_temporary_folder(tree):
    base = tree.parent / f"hvecs-{os.getuid()}"
    unwritable = tree.parent / "file" / "below"  # below a file even root makes no folder
    assert run(tree, XDG_CACHE_HOME=unwritable)[:2] == ["20", "False"]
    assert stat.S_IMODE(base.stat().st_mode) == 0o700
    again = run(tree, XDG_CACHE_HOME=unwritable)
    assert again[:3] == ["20", "True", "True"]
    assert Path(again[-1]).parent == base


def test_a_temporary_folder_that_others_can_write_is_not_trusted(tree):
    base = tree.parent / f"hvecs-{os.getuid()}"
    base.mkdir()
    base.chmod(0o777)
    out = run(tree, XDG_CACHE_HOME=tree.parent / "file")
    assert out[:5] == ["20", "False", "False", "False", "False"]
    assert out[-1] == "None"
    assert not list(base.iterdir())


def test_a_full_disk_is_left_alone(tree):
    code = (
        "import collections, shutil\n"
        "shutil.disk_usage = lambda path: collections.namedtuple('Usage', 'free')(2**20)\n" + RUN
    )
    out = run(tree, code, XDG_CACHE_HOME=tree.parent / "cache")
    assert out[0] == "20"
    assert out[-1] == "None"


def test_without_compilation_functions_stay_plain_and_no_folder_is_made(tree):
    code = RUN + "print(type(outer).__name__)"
    out = run(tree, code, XDG_CACHE_HOME=tree.parent / "cache", NUMBA_DISABLE_JIT=1)
    assert out == ["20", "True", "True", "True", "True", "-", "None", "function"]
    assert not (tree.parent / "cache").exists()


def test_unused_folders_of_other_versions_are_forgotten(tree):
    base = tree.parent / "cache" / "hvecs"
    ages_days = {"0" * HASH: 31, "1" * HASH: 29, "somebody_elses": 400, "f" * (HASH + 1): 400}
    for name in ages_days:
        (base / name / "within").mkdir(parents=True)
    (base / ("2" * HASH)).write_text("not a folder")
    (base / ("3" * HASH)).symlink_to(base / "somebody_elses")
    script = "import os, time\n"
    for name, days in ages_days.items():
        script += f"os.utime({str(base / name)!r}, (time.time() - {days} * 86400,) * 2)\n"
    run(tree, script + RUN, XDG_CACHE_HOME=base.parent)
    left = {path.name for path in base.iterdir()}
    assert left.issuperset(set(ages_days) - {"0" * HASH} | {"2" * HASH, "3" * HASH})
    assert "0" * HASH not in left
    code = "from systems.kernels import code_folder as c; [c._forget_beside(c.cache_folder(), keep_days=each) for each in (20, -1)]"
    run(tree, code, XDG_CACHE_HOME=base.parent)
    left = {path.name for path in base.iterdir()}
    assert "1" * HASH not in left
    assert len([name for name in left if name.startswith("numba-")]) == 1  # what was found out of this numba
    assert len(left) == 6  # that, the four that are not ours to delete, and the folder in use


def test_use_keeps_a_folder(tree):
    cache = tree.parent / "cache"
    folder = Path(run(tree, XDG_CACHE_HOME=cache)[-1])
    os.utime(folder, (1, 1))
    run(tree, XDG_CACHE_HOME=cache)
    assert folder.stat().st_mtime > 1


def test_a_kernel_that_allocates_is_refused(tree):
    (tree / "systems" / "greedy.py").write_text(
        "import numpy as np\nfrom systems.kernels.jit import njit\n@njit\ndef f(n):\n    return np.zeros(n)[0]\n"
    )
    code = (
        "import numba\nfrom systems.greedy import f\n"
        "try:\n    f(3)\nexcept numba.core.errors.NumbaError:\n    print('refused')\n"
    )
    assert run(tree, code, XDG_CACHE_HOME=tree.parent / "cache") == ["refused"]


PARTS = """
from systems.kernels.jit import njit, part, small
@part
def deepest(values, at):
    return values[at] + 1
@small
def left(values, at):
    return deepest(values, at) * 2
@part
def right(values, at):
    if at == 3:
        raise ValueError("three")
    return deepest(values, 1) + left(values, 0)
@njit
def outer(values, at):
    return left(values, 2) + right(values, at)
"""


@pytest.fixture
def parts(tree):
    """A tree with a kernel, `outer`, and three parts."""
    (tree / "systems" / "parts_in_use.py").write_text(PARTS)
    return tree


def test_a_part_is_compiled_once_for_all_constants_and_kept_in_its_kernels(parts):
    """Reached in two ways and called with constants and variables, each part has one version, and the kernel is cached whole."""
    code = (
        "import numpy as np\nfrom systems import parts_in_use as p\n"
        "print(p.outer(np.array([10, 20, 30]), 0), sum(p.outer.stats.cache_hits.values()))\n"
        "print(*(len(each.overloads) for each in (p.deepest, p.left, p.right)))\n"
    )
    cache = parts.parent / "cache"
    assert run(parts, code, XDG_CACHE_HOME=cache) == ["105", "0", "1", "1", "1"]
    assert run(parts, code, XDG_CACHE_HOME=cache) == ["105", "1", "0", "0", "0"]


def test_what_is_loaded_asks_for_nothing_that_compiles(parts):
    """Neither for dispatchers of parts nor for what numba compiles with."""
    code = (
        "import numpy as np\nfrom numba.core.registry import cpu_target\nfrom systems import parts_in_use as p\n"
        "target, asked = cpu_target.target_context, []\nprepare = target.refresh\n"
        "target.refresh = lambda: asked.append(prepare())\n"
        "p.outer(np.array([10, 20, 30]), 0)\nprint('dispatcher' in vars(p.left), bool(asked))\n"
    )
    cache = parts.parent / "cache"
    assert run(parts, code, XDG_CACHE_HOME=cache) == ["True", "True"]
    assert run(parts, code, XDG_CACHE_HOME=cache) == ["False", "False"]


RARE = """
from systems.kernels.jit import njit, part, rare
@part
def longest(values, at):
    most = 0
    for value in values[at:]:
        most = max(most, value * value % 7 + longest_but_one(values, value))
    return most
@part
def longest_but_one(values, at):
    most = at
    for value in values:
        most = max(most, value * most % 5)
    return most
@njit
def outer(values, at):
    total = 0
    for value in values:
        if value == at:
            total += longest(values, 0)
    return total + longest(values, 1)
"""


@pytest.mark.parametrize("kind", ["part", "rare"])
def test_a_rare_part_does_the_same_and_it_alone_is_marked_cold(tree, kind):
    (tree / "systems" / "seldom.py").write_text(RARE.replace("@part\ndef longest(", f"@{kind}\ndef longest("))
    code = (
        "import re\nimport numpy as np\nfrom systems import seldom as s\n"
        "print(s.outer(np.array([3, 4, 8]), 4))\n"
        "text = ''.join(s.outer.inspect_llvm().values())\n"
        "groups = dict(re.findall(r'^attributes (#[0-9]+) = [{](.*)[}]$', text, re.M))\n"
        "for name, group in re.findall(r'^define .*?@([^(]*)[(].*(#[0-9]+) ', text, re.M):\n"
        "    if ' cold' in groups[group]: print(re.findall('longest_but_one|longest|outer', name)[0])\n"
    )
    found = run(tree, code, XDG_CACHE_HOME=tree.parent / "cache")
    assert found == (["18", "longest"] if kind == "rare" else ["18"])


def test_a_part_is_not_called_from_python(parts):
    code = (
        "from systems import parts_in_use as p\n"
        "try:\n    p.left([10], 0)\nexcept TypeError as error:\n    print(error)\n"
    )
    found = run(parts, code, XDG_CACHE_HOME=parts.parent / "cache")
    assert " ".join(found) == "left is called by kernels alone"


def test_machine_code_is_called_without_a_look_at_types(parts):
    """Compiled by the first process and loaded by the second."""
    code = (
        "import numpy as np\nfrom systems import parts_in_use as p\nfrom systems.kernels.jit import direct\n"
        "values = np.array([10, 20, 30])\ncode = direct(p.outer, values, 0)\n"
        "print(code(values, 0), p.outer(values, 0), code is p.outer)\n"
    )
    cache = parts.parent / "cache"
    for _ in range(2):
        assert run(parts, code, XDG_CACHE_HOME=cache) == ["105", "105", "False"]
    assert run(parts, code, NUMBA_DISABLE_JIT=1) == ["105", "105", "True"]


def test_machine_code_that_there_is_is_not_asked_for_again(parts):
    """Once for each kind of array, however often, and called with what it was asked for."""
    code = (
        "import numpy as np\nfrom systems import parts_in_use as p\nfrom systems.kernels.jit import direct\n"
        "asked, made = [], p.outer.door.compile\n"
        "p.outer.door.compile = lambda of: asked.append(of) or made(of)\n"
        "whole, halves = np.array([10, 20, 30]), np.array([10.5, 20.5, 30.5])\n"
        "print(*(direct(p.outer, each, 0)(each, 0) for each in (whole, halves, whole, halves)), len(asked))\n"
    )
    assert run(parts, code, XDG_CACHE_HOME=parts.parent / "cache") == ["105", "107.5", "105", "107.5", "2"]


def test_what_a_part_raises_reaches_the_caller(parts):
    code = (
        "import numpy as np\nfrom systems import parts_in_use as p\n"
        "try:\n    p.outer(np.array([10, 20, 30]), 3)\nexcept ValueError as error:\n    print(error)\n"
    )
    for _ in range(2):
        assert run(parts, code, XDG_CACHE_HOME=parts.parent / "cache") == ["three"]


@pytest.mark.parametrize(("bounds", "by_result"), [("0", ["deepest", "left"]), ("1", [])])
def test_parts_that_raise_nothing_return_their_results(parts, bounds, by_result):
    """Those that do, and all where bounds are checked, return a code as numba's functions do."""
    code = (
        "import numpy as np\nfrom systems import parts_in_use as p\nfrom systems.kernels.numba_ext import returns\n"
        "print(p.outer(np.array([10, 20, 30]), 0))\n"
        "for part in (p.deepest, p.left, p.right):\n"
        "    (found,) = part.overloads.values()\n"
        "    if found.fndesc.mangled_name in returns._parts:\n        print(part.__name__)\n"
    )
    assert run(parts, code, XDG_CACHE_HOME=parts.parent / "cache", HVECS_BOUNDS=bounds) == ["105", *by_result]


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o773])
def test_a_folder_that_others_can_write_is_not_used(tree, mode):
    """Wherever it comes from, and whether they can write the folder or one above; a private one takes its place."""
    chosen = tree.parent / "chosen"
    (chosen / "within").mkdir(parents=True)
    chosen.chmod(mode)
    for base in (chosen, chosen / "within"):
        for setting in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
            out = run(tree, **{setting: base})
            assert out[0] == "20"
            assert Path(out[-1]).parent == tree.parent / f"hvecs-{os.getuid()}"
    assert not list(chosen.rglob("*.nbc"))
    said = run(
        tree,
        "from systems.kernels import code_folder; print(code_folder.unsafe_base())",
        XDG_CACHE_HOME=chosen / "within",
    )
    assert said == [str(chosen / "within" / "hvecs")]


def test_what_others_could_have_written_is_not_loaded(tree):
    """A file is trusted only while nobody but its owner can write it."""
    cache = tree.parent / "cache"
    run(tree, XDG_CACHE_HOME=cache)
    file = stored(cache)
    file.chmod(0o666)
    code = "from systems.caller import outer; print(outer(1), sum(outer.stats.cache_misses.values()))"
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["20", "1"]
    file = stored(cache)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def stored(cache):
    """The file of the outer kernel; the inner one, which Python did not call, is a part of it."""
    (file,) = cache.rglob("caller.outer*.nbc")
    return file


def _flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


DAMAGES = {
    "empty": lambda _: b"",
    "cut": lambda content: content[:50],
    "cut by a byte": lambda content: content[:-1],
    "longer": lambda content: content + b"x",
    "head": lambda content: _flipped(content, 0),
    "checksum": lambda content: _flipped(content, 20),
    "middle": lambda content: _flipped(content, len(content) // 2),
    "last": lambda content: _flipped(content, len(content) - 1),
    "a pickle that executes": lambda _: b"cos\nsystem\n(S'touch executed'\ntR.",
}


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_code_is_discarded_and_compiled_anew(tree, how):
    cache = tree.parent / "cache"
    run(tree, XDG_CACHE_HOME=cache)
    file = stored(cache)
    sound = file.read_bytes()
    file.write_bytes(DAMAGES[how](sound))
    code = (
        "from systems.kernels import code_folder; kept, bad = code_folder.damaged_files(); print(kept, *bad)\n"
        "from systems.caller import outer; print(outer(1), sum(outer.stats.cache_misses.values()))"
    )
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["1", str(file), "20", "1"]
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["1", "20", "0"]
    assert not (tree / "executed").exists()


def test_damaged_code_takes_the_marks_of_what_is_compiled_with_it(tree):
    cache = tree.parent / "cache"
    folder = Path(run(tree, XDG_CACHE_HOME=cache)[-1])
    (folder / "warm-0").touch()
    code = "from systems.kernels import code_folder; print(len(code_folder.discard_damaged()))"
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["0"]
    assert (folder / "warm-0").exists()
    damaged = stored(cache)
    damaged.write_bytes(b"")
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["1"]
    assert not (folder / "warm-0").exists()
    assert not damaged.exists()


def test_a_file_takes_its_name_once_it_is_whole(tree):
    """Whatever stops the writing, no file has the name of one that is read, and no part is left."""
    code = (
        "import os\nfrom systems.kernels import stored\n"
        "def fail(_): raise OSError(28, 'full')\nstored.os.fsync = fail\n"
        "from systems.caller import outer\nprint(outer(1))\n"
    )
    cache = tree.parent / "cache"
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["20"]
    files = [path.name for path in cache.rglob("*") if path.is_file()]
    assert [
        name for name in files if not name.startswith("numba-")
    ] == []  # that one is empty: what numba can do


def test_indices_are_checked_where_asked_for(tree):
    (tree / "systems" / "beyond.py").write_text(
        "from systems.kernels.jit import njit, part\n@part\ndef read(values, at):\n    return values[at]\n"
        "@njit\ndef f(values, at):\n    return read(values, at)\n"
    )
    code = (
        "import numpy as np\nfrom systems.beyond import f\n"
        "for at in (0, 0), (0, 3), (1, 0), (0, -1), (-1, 0):\n"
        "    try:\n        f(np.zeros((3, 3))[1:2], at)\n        print('read')\n"
        "    except IndexError:\n        print('refused')\n"
    )
    cache = tree.parent / "cache"
    assert run(tree, code, XDG_CACHE_HOME=cache, HVECS_BOUNDS=1) == ["read"] + ["refused"] * 4
    assert run(tree, code, XDG_CACHE_HOME=cache) == ["read"] * 5


def test_only_a_constant_that_is_the_whole_index_counts_from_the_end(tree):
    """The array lies inside a longer one: what is before it can be read."""
    (tree / "systems" / "ends.py").write_text(
        "from systems.kernels.jit import njit\n@njit\ndef last(values, at):\n"
        "    values[at] += 10\n    return values[-1]\n"
    )
    code = "import numpy as np\nfrom systems.ends import last\na = np.arange(4)\nprint(last(a[1:], -1), *a)\n"
    assert run(tree, code, XDG_CACHE_HOME=tree.parent / "cache") == ["3", "10", "1", "2", "3"]
    plain = run(tree, code, XDG_CACHE_HOME=tree.parent / "cache", HVECS_PLAIN_NUMBA=1)
    assert plain == ["13", "0", "1", "2", "13"]


TUPLES = """
from typing import Any, NamedTuple
import numpy as np
from systems.kernels.jit import is_extended, njit, part, small
from systems.kernels.numba_ext.by_address import by_address
from systems.kernels.numba_ext.hooks import hooks

@hooks
class Choice:
    def __init__(self, name, step, size):
        self.name, self.step, self.size = name, step, size

@by_address
class Inner(NamedTuple):
    values: Any

@by_address
class Outer(NamedTuple):
    choice: Any
    rows: Any
    inner: Inner

@small
def double(w, at):
    return 2 * w.rows[at].x

@part
def step(w, at):
    w.inner.values[at] += double(w, at)

@njit
def go(w):
    for at in range(len(w.rows)):
        for _ in range(w.choice.size):
            w.choice.step(w, at)
    return w.inner.values[0]

rows = np.zeros(3, [("x", "i8")]).view(np.recarray)
rows.x = [1, 2, 3]
w = Outer(Choice("twice", step, 2), rows, Inner(np.zeros(3, np.int64)))
"""


def with_tuples(tree, code, **settings):
    """What `code` prints that calls kernels `t.go` of tuples by address."""
    (tree / "systems" / "tuples.py").write_text(TUPLES)
    code = f"from systems import tuples as t\n{code}"
    return run(tree, code, XDG_CACHE_HOME=tree.parent / "cache", **settings)


@pytest.mark.parametrize("plain", [0, 1])
def test_where_numba_cannot_be_extended_plain_njit_gives_the_same(tree, plain):
    """Parts, tuples by address and hooks, in a first process and again from the cache; and many calls, should references be miscounted."""
    code = (
        "for _ in range(1000): t.go(t.w)\n"
        "print(t.is_extended(), *t.w.inner.values, sum(t.go.stats.cache_hits.values()))"
    )
    for hits in ("0", "1"):
        found = with_tuples(tree, code, HVECS_PLAIN_NUMBA=plain)
        assert found == [str(not plain), "4000", "8000", "12000", hits]


@pytest.mark.parametrize("plain", [0, 1])
def test_an_interruption_while_a_kernel_takes_its_arguments_is_raised(tree, plain):
    """It comes in what Python does for the kernel; numba's code must look whether that failed."""
    code = (
        "t.go(t.w)\ndef stopped(self): raise KeyboardInterrupt\n"
        "kept, t.Outer.unpacked = t.Outer.unpacked, stopped\n"
        "try:\n    t.go(t.w)\nexcept KeyboardInterrupt:\n    print('raised')\n"
        "t.Outer.unpacked = kept\nt.go(t.w)\nprint(*t.w.inner.values)"
    )
    assert with_tuples(tree, code, HVECS_PLAIN_NUMBA=plain) == ["raised", "8", "16", "24"]


EXTENDED = "print(t.is_extended(), t.go(t.w))"


def test_code_with_lines_for_debuggers_is_compiled_by_plain_njit(tree):
    assert with_tuples(tree, EXTENDED) == ["True", "4"]
    assert with_tuples(tree, EXTENDED, NUMBA_DEBUGINFO=1) == ["False", "4"]


def test_a_numba_in_which_the_extension_fails_is_noticed(tree):
    broken = tree / "systems" / "kernels" / "numba_ext" / "parts.py"
    broken.write_text(
        broken.read_text() + "\n\ndel PartCompiler.define_pipelines\nPartCompiler.__init__ = None\n"
    )
    assert with_tuples(tree, EXTENDED) == ["False", "4"]


def test_what_works_is_noted_for_the_next_process(tree):
    assert with_tuples(tree, "print(t.is_extended())") == ["True"]
    assert [path.name.split("-")[0] for path in (tree.parent / "cache" / "hvecs").glob("numba-*")] == [
        "numba"
    ]
