"""What every tool needs of the machine: a source, warm memory, CPU times, free ports, processes that do not stay."""
import ctypes
import mmap
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

GIB = 1 << 30


@dataclass
class Run:
    seconds: float
    source_cpu: float  # seconds
    receiver_cpu: float  # of all receivers


def make_source(path, length):
    with open(path, "wb") as out:
        for done in range(0, length, 1 << 20):
            out.write(os.urandom(min(1 << 20, length - done)))
    return path


def make_tree(path, files, length):
    """A folder of so many files of that length, a hundred in each folder below it."""
    for index in range(files):
        folder = os.path.join(path, "%04d" % (index // 100))
        if index % 100 == 0:
            os.makedirs(folder)
        with open(os.path.join(folder, "%02d.bin" % (index % 100)), "wb") as out:
            out.write(os.urandom(length))
    return path


def files_of(source):
    """The file itself, or all files of a folder in the order of their paths."""
    if not os.path.isdir(source):
        return [source]
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(source) for name in names)


def bytes_of(source):
    return sum(os.path.getsize(path) for path in files_of(source))


def warm_up(source, to_write):
    """Touches and frees more memory than a run will use, and reads the source into the page cache; see docs/benchmarks.md."""
    with open("/proc/meminfo") as info:
        spare = next(int(line.split()[1]) * 1024 for line in info if line.startswith("MemAvailable")) // 5 * 4
    child = os.fork()
    if child == 0:
        populate = getattr(mmap, "MAP_POPULATE", 0x8000)
        mmap.mmap(-1, min(to_write * 2 + GIB // 2, spare), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | populate)
        os._exit(0)
    os.waitpid(child, 0)
    for path in files_of(source):
        read(path)


def read(path):
    with open(path, "rb") as content:
        while content.read(1 << 20):
            pass


def cpu_seconds(process):
    with open("/proc/%d/stat" % process) as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def start(*command, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.DEVNULL)
    return subprocess.Popen([str(word) for word in command], preexec_fn=_die_with_parent, **options)


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def finish(process):
    """Waits for the end of a process; the CPU time that it took."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("%s ended with %d" % (process.args[0], process.returncode))
    return usage.ru_utime + usage.ru_stime


def wait_for_port(port, patience=10.0):
    deadline = time.monotonic() + patience
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
