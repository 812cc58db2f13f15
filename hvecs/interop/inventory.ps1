# Writes the inventory of this Hyper-V host as one JSON file, for: hvecs import host inventory.json --out mine.toml
# Run it in an elevated Windows PowerShell on the host. It only reads. Format: hvecs-inventory, version 1.
param([string]$Out = "inventory.json")
$ErrorActionPreference = "Stop"

$types = @{ 1 = "classic"; 2 = "classic"; 3 = "core"; 4 = "root" }
$scheduler = ""
try {
    # event 2 of the hypervisor names the scheduler that is in force
    $event2 = Get-WinEvent -MaxEvents 1 -FilterHashtable @{ LogName = "System"; ProviderName = "Microsoft-Windows-Hyper-V-Hypervisor"; Id = 2 }
    $scheduler = $types[[int]$event2.Properties[0].Value]
} catch { }

$inventory = [ordered]@{
    format          = "hvecs-inventory"
    version         = 1
    scheduler       = $scheduler
    OperatingSystem = Get-CimInstance Win32_OperatingSystem | Select-Object Caption, BuildNumber
    Processors      = @(Get-CimInstance Win32_Processor | Select-Object Name, NumberOfCores, NumberOfLogicalProcessors)
    VMHost          = Get-VMHost | Select-Object Name, LogicalProcessorCount, MemoryCapacity, NumaSpanningEnabled
    NumaNodes       = @(Get-VMHostNumaNode | Select-Object NodeId, MemoryTotal, MemoryAvailable)
    VMs             = @(Get-VM | Select-Object Name, @{ n = "State"; e = { [string]$_.State } }, ProcessorCount, MemoryStartup,
                        MemoryMinimum, MemoryMaximum, MemoryAssigned, MemoryDemand, DynamicMemoryEnabled, Generation)
    VMProcessors    = @(Get-VM | Get-VMProcessor | Select-Object VMName, Count, Reserve, Maximum, RelativeWeight, HwThreadCountPerCore)
    VMMemory        = @(Get-VM | Get-VMMemory | Select-Object VMName, DynamicMemoryEnabled, Startup, Minimum, Maximum, Buffer, Priority)
}
$inventory | ConvertTo-Json -Depth 4 | Out-File -FilePath $Out -Encoding utf8
