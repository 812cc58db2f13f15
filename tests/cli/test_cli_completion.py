"""What a shell is offered, as it asks for it."""

import pytest


@pytest.mark.parametrize(
    ("words", "offered", "not_offered"),
    [
        ("hvecs gui", "guide", "run"),
        ("hvecs guide sw", "sweeps", "memory"),
        ("hvecs show scenario host.costs.context", "host.costs.context_switch", "host.memory"),
        ("hvecs run --set host.num", "host.numa_nodes=", "host.memory="),
    ],
)
def test_words_are_completed(process, words, offered, not_offered):
    count = len(words.split()) - 1
    done = process(_HVECS_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    assert done.code == 0, done.err
    found = [line.partition(",")[2] for line in done.out.splitlines()]
    assert offered in found
    assert not_offered not in found


def test_the_script_of_a_shell(process):
    done = process(_HVECS_COMPLETE="bash_source")
    assert done.code == 0
    assert "complete -o nosort -F _hvecs_completion hvecs" in done.out
