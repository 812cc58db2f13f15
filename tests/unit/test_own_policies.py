"""What tells one policy of a user's from another, so that no one runs the code of another."""

import subprocess
import sys
import textwrap

from systems.policies.classic import CLASSIC
from systems.policies.core import CORE
from systems.schedule import digest_of

FILES = {
    "helper.py": """
        from systems.kernels.jit import part
        FACTOR = 2
        @part
        def longer(length):
            return FACTOR * length
        """,
    "mine.py": """
        from helper import longer
        from systems.kernels.jit import part
        from systems.policies.classic import CLASSIC
        @part
        def begin_slice(w, lp, vp, start):
            return start + longer(1_000_000)
        policy = CLASSIC._replace(name="mine", begin_slice=begin_slice)
        """,
}


def digest(policy):
    return digest_of(filter(callable, policy))


def test_which_of_the_hypervisors_hooks_a_policy_takes_counts():
    mixed = CLASSIC._replace(idle_lp=CORE.idle_lp, first_in_line=CORE.first_in_line)
    swapped = CLASSIC._replace(enqueue=CLASSIC.dequeue, dequeue=CLASSIC.enqueue)
    assert len({digest(each) for each in (CLASSIC, CORE, mixed, swapped)}) == 4
    assert digest(CLASSIC) == digest(CLASSIC._replace(name="x"))


def test_what_its_own_kernels_call_in_other_files_counts(tmp_path):
    code = (
        "import mine; from systems.schedule import digest_of; print(digest_of(filter(callable, mine.policy)))"
    )

    def printed(file="mine.py", old="", new=""):
        for name, text in FILES.items():
            changed = text.replace(old, new) if name == file else text
            (tmp_path / name).write_text(textwrap.dedent(changed))
        found = subprocess.run(
            [sys.executable, "-B", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
            capture_output=True,
            text=True,
            check=True,
        )
        return found.stdout

    edits = (
        ("mine.py", "1_000_000", "1_000_001"),
        ("helper.py", "FACTOR = 2", "FACTOR = 3"),
        ("helper.py", "FACTOR * length", "FACTOR + length"),
    )
    found = {printed(), *(printed(*edit) for edit in edits)}
    assert printed() in found
    assert len(found) == 4
