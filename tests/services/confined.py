"""
Start a program as a systemd unit's [Service] section would, as far as that goes without systemd running.

``python -m tests.services.confined UNIT -- PROGRAM …``: the unit's system call filter, no new privileges, no
memory both writable and executable, umask, limits on files and core dumps. Namespaces and mounts are systemd's.
"""

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PR_SET_NO_NEW_PRIVS = 38
PR_SET_MDWE = 65
PR_MDWE_REFUSE_EXEC_GAIN = 1
SECCOMP_ALLOW = 0x7FFF0000
SECCOMP_EPERM = 0x00050001
LIBRARY = "libseccomp.so.2"  # systemd itself needs it

Unit = Mapping[str, tuple[str, ...]]


def read(path: Path) -> Unit:
    """Return every setting of a unit and its values in order; an empty one takes away those before it."""
    found: dict[str, tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";", "[")):
            found[name] = (*found.get(name, ()), value) if value else ("",)
    return found


def allowed_calls(unit: Unit) -> frozenset[str]:
    """Return the names of the system calls that the unit's filter lets through, as systemd's own tables say."""
    allowed: frozenset[str] = frozenset()
    for value in unit["SystemCallFilter"]:
        named = frozenset().union(*(members(one) for one in value.removeprefix("~").split()))
        allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed


@cache
def members(name: str) -> frozenset[str]:
    """Return the system calls of a group such as @system-service, of the groups within it too."""
    if not name.startswith("@"):
        return frozenset([name])
    ran = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True
    )
    lines = [line.strip() for line in ran.stdout.splitlines()[1:]]
    return frozenset().union(*(members(line) for line in lines if line and not line.startswith("#")))


def confine(unit: Unit) -> None:
    """Bind this process, and whatever it starts, by what the unit says."""
    calls = allowed_calls(unit)  # before: it starts a program of its own
    os.umask(int(unit["UMask"][-1], 8))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if "LimitNOFILE" in unit:
        files = int(unit["LimitNOFILE"][-1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    libc = ctypes.CDLL(None, use_errno=True)
    if unit["MemoryDenyWriteExecute"] == ("yes",):
        libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)  # Linux 6.3; an older one goes without
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    _filter(calls)


def _filter(calls: frozenset[str]) -> None:
    seccomp = ctypes.CDLL(LIBRARY)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(SECCOMP_EPERM))
    for name in sorted(calls):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # others do not exist on this architecture
            seccomp.seccomp_rule_add(context, ctypes.c_uint32(SECCOMP_ALLOW), ctypes.c_int(number), 0)
    if seccomp.seccomp_load(context):
        raise OSError("the system call filter cannot be loaded")


if __name__ == "__main__":
    confine(read(Path(sys.argv[1])))
    program = sys.argv[sys.argv.index("--") + 1 :]
    os.execvp(program[0], program)
