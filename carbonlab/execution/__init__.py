"""One way to run independent pieces of work: in this process, in local processes, or on a cluster."""

from carbonlab.execution.executor import Executor, Prepared, Task
from carbonlab.execution.local_processes import LocalProcesses
from carbonlab.execution.this_process import ThisProcess

__all__ = ["Executor", "LocalProcesses", "Prepared", "Task", "ThisProcess"]
