import json
from importlib.resources import files

import pytest

from hvecs.cli import invoke
from hvecs.interop.host_scenario import host_scenario
from hvecs.interop.inventory import read_inventory
from hvecs.spec import load
from hvecs.spec.units import GIB, MIB
from tests.interop.logs import COLUMNS, ROWS, log, write

HOST = {
    "Name": "HV1",
    "LogicalProcessorCount": 8,
    "MemoryCapacity": 34_359_738_368 + 12_345,
    "NumaSpanningEnabled": False,
}
NODES = [{"NodeId": 0, "MemoryTotal": 1}, {"NodeId": 1, "MemoryTotal": 1}]
VMS = [
    {
        "Name": "SQL Server 01",
        "State": "Running",
        "ProcessorCount": 4,
        "MemoryStartup": 4 * GIB,
        "DynamicMemoryEnabled": False,
    },
    {"Name": "web", "State": 2, "ProcessorCount": 2, "DynamicMemoryEnabled": True},
    {"Name": "old (off)", "State": 3, "ProcessorCount": 1, "DynamicMemoryEnabled": False},
]
PROCESSORS = [
    {
        "VMName": "SQL Server 01",
        "Count": 4,
        "Reserve": 10,
        "Maximum": 80,
        "RelativeWeight": 200,
        "HwThreadCountPerCore": 1,
    }
]
MEMORY = [
    {
        "VMName": "web",
        "DynamicMemoryEnabled": True,
        "Startup": 1 * GIB,
        "Minimum": 512 * MIB,
        "Maximum": 2 * GIB,
        "Buffer": 25,
        "Priority": 80,
    }
]
CPUS = [{"NumberOfCores": 2, "NumberOfLogicalProcessors": 4}] * 2


def script_output(**more):
    return {
        "format": "hvecs-inventory",
        "version": 1,
        "scheduler": "core",
        "OperatingSystem": {"Caption": "Windows Server 2022", "BuildNumber": "20348"},
        "Processors": CPUS,
        "VMHost": HOST,
        "NumaNodes": NODES,
        "VMs": VMS,
        "VMProcessors": PROCESSORS,
        "VMMemory": MEMORY,
    } | more


def imported(folder, content, *more):
    (folder / "inventory.json").write_text(json.dumps(content), encoding="utf-8")
    code = invoke(
        ["import", "host", str(folder / "inventory.json"), "--out", str(folder / "mine.toml"), *more]
    )
    return code, (folder / "mine.toml").read_text(encoding="utf-8") if code == 0 else ""


def test_an_inventory_becomes_a_scenario(tmp_path):
    code, text = imported(tmp_path, script_output())
    assert code == 0
    found = load(tmp_path / "mine.toml")
    host = found.host
    assert (host.sockets, host.cores_per_socket, host.threads_per_core, host.lps) == (2, 2, 2, 8)
    assert (host.memory, host.numa_nodes, host.numa_spanning) == (32 * GIB, 2, False)
    assert (host.scheduler, host.limits) == ("core", "ws2022")
    sql, web = found.partition
    assert (sql.name, sql.virtual_processors, sql.memory) == ("SQL Server 01", 4, 4 * GIB)
    assert sql.processor.model_dump(include={"reserve", "cap", "weight", "threads_per_core"}) == {
        "reserve": 10.0,
        "cap": 80.0,
        "weight": 200,
        "threads_per_core": 1,
    }
    dynamic = web.dynamic_memory
    assert (dynamic.startup, dynamic.minimum, dynamic.maximum) == (1 * GIB, 512 * MIB, 2 * GIB)
    assert (dynamic.buffer, dynamic.weight) == (25.0, 8000)
    assert (sql.workload.kind, web.workload.kind) == ("idle", "idle")
    assert '# name = "old (off)"' in text
    assert '# background_cpu: not in the inventory: "1 %"' in text
    assert "# weight: not in the inventory: the default" in text  # of web's processor


def test_what_cmdlets_print_each_by_itself_says_the_same(tmp_path):
    """JSON of one object, camel case, numbers as text; CSV with a #TYPE line and semicolons, in UTF-16."""
    camel = {key[0].lower() + key[1:]: value for key, value in HOST.items()}
    write(tmp_path / "host.json", json.dumps({"value": camel}), "utf-16")
    write(tmp_path / "nodes.json", json.dumps(NODES), "utf-8-sig")
    lines = [
        "#TYPE Microsoft.HyperV.PowerShell.VirtualMachine",
        '"Name";"State";"ProcessorCount";"MemoryStartup";"DynamicMemoryEnabled"',
    ]
    lines += [
        ";".join(
            f'"{vm.get(key, "")}"'
            for key in ("Name", "State", "ProcessorCount", "MemoryStartup", "DynamicMemoryEnabled")
        )
        for vm in VMS
    ]
    write(tmp_path / "vm.csv", "\r\n".join(lines), "utf-16")
    write(tmp_path / "cpu.json", json.dumps([{key: str(value) for key, value in PROCESSORS[0].items()}]))
    write(tmp_path / "memory.json", json.dumps(MEMORY[0]))
    (tmp_path / "all").write_text(json.dumps(script_output()), encoding="utf-8")
    apart = host_scenario(
        "x",
        read_inventory(
            [
                tmp_path / f"{name}"
                for name in ("host.json", "nodes.json", "vm.csv", "cpu.json", "memory.json")
            ]
        ),
        None,
    )
    together = host_scenario("x", read_inventory([tmp_path / "all"]), None)
    of_guests = [
        text[text.index("[[partition]]") :].replace("state Off", "state 3") for text in (apart, together)
    ]
    assert of_guests[0] == of_guests[1]
    assert "# sockets, cores and SMT: not in the inventory" in apart
    assert "# scheduler: not in the inventory" in apart
    assert "# limits: the version of Windows is not in the inventory" in apart


def test_a_guest_wants_the_memory_that_it_wanted_then(tmp_path):
    """With Dynamic Memory, and where Get-VM says so; static memory is all there at once."""
    asked = 5 * GIB
    given = {"a": (True, asked), "b": (True, 0), "c": (False, asked)}
    named = [
        {**VMS[1], "Name": name, "DynamicMemoryEnabled": dynamic, "MemoryDemand": demand}
        for name, (dynamic, demand) in given.items()
    ]
    code, _ = imported(tmp_path, {"VMHost": HOST, "VMs": named})
    assert code == 0
    wants, unknown, static = load(tmp_path / "mine.toml").partition
    assert (wants.memory_demand.kind, wants.memory_demand.committed) == ("constant", asked)
    assert unknown.memory_demand is static.memory_demand is None


def test_a_capture_fills_in_loads(tmp_path):
    """By hand: web ran 5 % and 7.5 % of 10 s each, 0.0625 CPUs over the 20 s of its samples."""
    dynamic = r"\\HV1\Hyper-V Dynamic Memory VM(web)"
    columns = (
        *COLUMNS,
        rf"{dynamic}\Physical Memory",
        rf"{dynamic}\Current Pressure",
        r"\\HV1\Hyper-V Hypervisor Root Virtual Processor(Root VP 0)\% Guest Run Time",
    )
    rows = [(*row, "1000", "80", "4") for row in ROWS]
    write(tmp_path / "a.csv", log(columns=columns, rows=rows))
    assert invoke(["import", "perfmon", str(tmp_path / "a.csv"), "--out", str(tmp_path / "capture")]) == 0
    code, text = imported(tmp_path, script_output(), "--perfmon", str(tmp_path / "capture"))
    assert code == 0
    found = load(tmp_path / "mine.toml")
    sql, web = found.partition
    assert sql.workload.kind == "idle"
    assert web.workload.kind == "open"
    assert web.workload.rate * web.workload.service.mean / 1e9 == pytest.approx(0.0625)
    assert set(web.memory_demand.committed) == {800 * MIB}
    assert found.root.measured_cpu == pytest.approx(4)
    assert found.scenario.sample == 10_000_000_000
    assert "the capture has no dispatches" in text  # of web: those that there are, are another guest's
    assert found.scenario.start_time.isoformat() == "2026-11-25T07:59:50+00:00"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "no row of Get-VMHost"),
        ({"VMHost": HOST}, "no row of Get-VM in"),
        (script_output(version=2), "an inventory of version 2; this hvecs reads version 1"),
        ({"a": HOST, "b": HOST, "c": VMS}, "2 hosts in the inventory"),
    ],
)
def test_what_is_no_inventory_is_refused_with_its_place(tmp_path, capsys, content, said):
    assert imported(tmp_path, content)[0] == 3
    error = capsys.readouterr().err
    assert error.startswith(f"{tmp_path / 'inventory.json'}:1: ")
    assert said in error
    assert not (tmp_path / "mine.toml").exists()


def test_a_broken_file_is_refused_at_its_line(tmp_path, capsys):
    (tmp_path / "inventory.json").write_text('{\n"a": 1,\n}')
    assert (
        invoke(["import", "host", str(tmp_path / "inventory.json"), "--out", str(tmp_path / "mine.toml")])
        == 3
    )
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'inventory.json'}:3: not JSON: ")


def test_a_scenario_that_exists_is_left_as_it_is(tmp_path):
    (tmp_path / "mine.toml").write_text("mine")
    assert imported(tmp_path, script_output())[0] == 2
    assert (tmp_path / "mine.toml").read_text() == "mine"


def test_the_script_writes_the_format_that_is_read():
    """Each key that is read from the script's own output stands in the script."""
    script = files("hvecs.interop").joinpath("inventory.ps1").read_text(encoding="utf-8")
    for key in (
        "hvecs-inventory",
        "version         = 1",
        *HOST,
        *PROCESSORS[0],
        *MEMORY[0],
        *VMS[0],
        *CPUS[0],
        "BuildNumber",
        "NodeId",
    ):
        assert key in script


def refused(capsys, folder, content):
    """What is said of an inventory that is refused; nothing is written."""
    code, _ = imported(folder, content)
    assert code == 3
    assert not (folder / "mine.toml").exists()
    return capsys.readouterr().err.strip().removeprefix(f"{folder}/")


def vm(**more):
    return [{"Name": "a", "State": "Running", "ProcessorCount": 2, "MemoryStartup": GIB, **more}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"VMs": vm(ProcessorCount="four")}, 'ProcessorCount of "a": expected a number of 1 or more; got "four"'),
        ({"VMs": vm(ProcessorCount="2 x")}, 'ProcessorCount of "a": expected a number of 1 or more; got "2 x"'),
        ({"VMs": vm(ProcessorCount=0)}, 'ProcessorCount of "a": expected a number of 1 or more; got 0'),
        ({"VMs": vm(ProcessorCount=True)}, 'ProcessorCount of "a": expected a number of 1 or more; got true'),
        ({"VMs": vm(ProcessorCount=[4])}, 'ProcessorCount of "a": expected a number of 1 or more; got an array'),
        ({"VMs": vm(ProcessorCount="nan")}, 'ProcessorCount of "a": expected a number of 1 or more; got "nan"'),
        ({"VMs": vm(MemoryStartup=-1)}, 'MemoryStartup of "a": expected a number of 0 or more; got -1'),
        ({"VMs": vm(DynamicMemoryEnabled="perhaps")}, 'DynamicMemoryEnabled of "a": expected true or false; got "perhaps"'),
        ({"VMs": [{"State": "Running", "ProcessorCount": 2}]}, "VMs[0] has no Name; expected an object of Get-VM"),
        ({"VMMemory": [MEMORY[0] | {"Startup": "1 GB"}]}, 'Startup of "web": expected a number of 0 or more; got "1 GB"'),
        ({"VMProcessors": [PROCESSORS[0] | {"RelativeWeight": "high"}]}, 'RelativeWeight of "SQL Server 01": expected a number of 0 or more; got "high"'),
        ({"VMHost": HOST | {"MemoryCapacity": "lots"}}, 'MemoryCapacity of "HV1": expected a number of 1 or more; got "lots"'),
        ({"VMHost": HOST | {"MemoryCapacity": None}}, "MemoryCapacity of the host is missing; expected a number of 1 or more"),
        ({"VMHost": HOST | {"LogicalProcessorCount": ""}}, "LogicalProcessorCount of the host is missing; expected a number of 1 or more"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_by_name(capsys, tmp_path, content, said):
    assert refused(capsys, tmp_path, script_output(**content)) == f"inventory.json: {said}"


def test_in_csv_its_line_is_told(capsys, tmp_path):
    (tmp_path / "host.json").write_text(json.dumps(HOST))
    (tmp_path / "vm.csv").write_text('#TYPE x\nName,State,ProcessorCount\na,Running,2\n"b",Running,two\n')
    files = [str(tmp_path / name) for name in ("host.json", "vm.csv")]
    assert invoke(["import", "host", *files, "--out", str(tmp_path / "mine.toml")]) == 3
    assert (
        'vm.csv:4: ProcessorCount of "b": expected a number of 1 or more; got "two"'
        in capsys.readouterr().err
    )


WHOLE = {
    "VMName": "a", "VMId": "x", "Name": "A", "State": "Running", "CpuUsage": 0, "ProcessorCount": 2, "MemoryStartup": GIB,
    "NetworkAdapters": [{"Name": "n", "VMName": "a", "State": 2, "Generation": 2}],
}  # fmt: skip


def blocks_of(folder, *files):
    """The names and VPs of the guests in a scenario of these files beside that of the host; those that do not run are not in it."""
    (folder / "host.json").write_text(json.dumps(HOST))
    names = [str(folder / name) for name in ("host.json", *files)]
    assert invoke(["import", "host", *names, "--out", str(folder / "mine.toml")]) == 0
    return [(each.name, each.virtual_processors) for each in load(folder / "mine.toml").partition]


def test_a_whole_row_of_get_vm_has_a_vmname_too(tmp_path):
    (tmp_path / "vm.json").write_text(json.dumps([WHOLE]))
    assert blocks_of(tmp_path, "vm.json") == [("A", 2)]
    (tmp_path / "mine.toml").unlink()
    (tmp_path / "vm.csv").write_text(
        '"VMName","Name","State","ProcessorCount","MemoryStartup"\n"a","a","Running","2","1073741824"\n'
    )
    assert blocks_of(tmp_path, "vm.csv") == [("a", 2)]


def test_what_else_has_a_name_and_a_state_is_no_vm(tmp_path):
    node = {"Name": "NIC1", "State": 2}
    content = script_output(
        VMs=vm(), VMHost=HOST | {"ExternalNetworkAdapters": [node]}, Nodes=[node | {"Id": 1}]
    )
    imported(tmp_path, content)
    assert [each.name for each in load(tmp_path / "mine.toml").partition] == ["a"]


@pytest.mark.parametrize("state", ["Running", 2, None, "", "Resuming", {"value": 2, "Value": "Running"}])
def test_an_array_may_come_wrapped_and_a_state_in_many_forms(tmp_path, state):
    wrapped = {"value": vm(State=state), "Count": 1}
    code, _ = imported(tmp_path, script_output(VMs=wrapped))
    assert code == 0
    assert [each.name for each in load(tmp_path / "mine.toml").partition] == ["a"]


def test_dynamic_memory_that_get_vmmemory_does_not_tell_is_that_of_get_vm(tmp_path):
    memory = [MEMORY[0] | {"VMName": "a", "DynamicMemoryEnabled": None}]
    imported(tmp_path, script_output(VMs=vm(DynamicMemoryEnabled="WAHR"), VMMemory=memory))
    assert load(tmp_path / "mine.toml").partition[0].dynamic_memory is not None


@pytest.mark.parametrize("missing", [{}, {"ProcessorCount": None}, {"ProcessorCount": ""}])
def test_what_is_missing_of_a_vm_that_runs_is_a_comment(tmp_path, missing):
    """It is a VM by its name and state, with what belongs to it beside it."""
    bare = {"Name": "a", "State": "Running", "NetworkAdapters": [{"Name": "n", "VMName": "a", "State": 1}]}
    code, text = imported(tmp_path, script_output(VMs=[bare | missing]))
    assert code == 0
    assert "# virtual_processors: not in the inventory: 1\n" in text
    assert '# memory: not in the inventory: "1 GiB"\n' in text
    assert [(each.name, each.virtual_processors) for each in load(tmp_path / "mine.toml").partition] == [
        ("a", 1)
    ]


def test_what_is_missing_of_dynamic_memory_or_the_host_is_a_comment(tmp_path):
    dynamic = vm(DynamicMemoryEnabled=True, MemoryStartup=None)
    code, text = imported(
        tmp_path, script_output(VMs=dynamic, VMMemory=[], VMHost=HOST | {"NumaSpanningEnabled": None})
    )
    assert code == 0
    assert 'startup = "1 GiB"  # not in the inventory\nminimum = "32 MiB"  # not in the inventory\n' in text
    assert "# numa_spanning: not in the inventory: true\n" in text
    assert load(tmp_path / "mine.toml").host.numa_spanning


def test_the_count_of_the_processors_of_a_vm_stands_in_for_its_own(tmp_path):
    bare = {"Name": "SQL Server 01", "State": "Running", "MemoryStartup": GIB}
    _, text = imported(tmp_path, script_output(VMs=[bare]))
    assert "virtual_processors = 4\n" in text


def test_vms_of_one_name_are_guests_of_several(tmp_path):
    """Hyper-V lets VMs have one name, and names that differ in case alone; what else is of the name belongs to them in order."""
    vms = [VMS[1] | {"Name": name, "DynamicMemoryEnabled": False} for name in ("web", "web-2", "Web", "web")]
    weights = [
        {"VMName": name, "RelativeWeight": weight}
        for name, weight in (("web", 50), ("web-2", 60), ("Web", 70))
    ]
    code, text = imported(tmp_path, script_output(VMs=vms, VMProcessors=weights))
    assert code == 0
    guests = load(tmp_path / "mine.toml").partition
    assert [guest.name for guest in guests] == ["web", "web-2", "Web-3", "web-4"]
    assert [guest.processor.weight for guest in guests] == [50, 60, 70, 100]
    assert text.count("another VM has its name") == 2


def test_a_vm_that_two_files_have_is_one(tmp_path):
    (tmp_path / "inventory.json").write_text(json.dumps(script_output()), encoding="utf-8")
    (tmp_path / "vms.csv").write_text(
        "Name,State,ProcessorCount\nWEB,Running,2\nnew,Running,1\n", encoding="utf-8"
    )
    found = read_inventory([tmp_path / "inventory.json", tmp_path / "vms.csv"])
    assert [vm.name for vm in found.vms()] == ["SQL Server 01", "web", "old (off)", "new"]


def test_the_load_of_a_name_goes_to_one_guest(tmp_path):
    path = write(tmp_path / "log.csv", log(columns=COLUMNS, rows=ROWS))
    vms = [VMS[1] | {"DynamicMemoryEnabled": False}] * 2
    code, _ = imported(tmp_path, script_output(VMs=vms), "--perfmon", str(path))
    assert code == 0
    assert [guest.workload.kind for guest in load(tmp_path / "mine.toml").partition] == ["open", "idle"]
