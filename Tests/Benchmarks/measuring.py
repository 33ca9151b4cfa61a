"""Whole processes, timed from fork to exit, taking turns so that the machine's moods fall on all of them alike."""
import contextlib
import os
import pathlib
import shlex
import signal
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field

TOP = pathlib.Path(__file__).resolve().parents[2]


@dataclass
class Run:
    """One process. `status` is its exit status, or the negative signal that ended it.

    `peak` is the largest resident set in bytes, mapped files included. Linux counts the moment before the program is loaded too, so
    nothing is below this interpreter's own 20 MiB or so.
    """
    status: int
    wall: float
    cpu: float
    peak: int
    output: str
    errors: str
    timed_out: bool = False

    @property
    def ok(self):
        return self.status == 0

    @property
    def failure(self):
        if self.timed_out:
            return f"stopped after {self.wall:.0f} s"
        if self.status < 0:
            return f"crashed ({signal.Signals(-self.status).name})"
        lines = [line for line in self.errors.strip().splitlines() if line.strip()]
        return f"exit {self.status}: {lines[-1][:100] if lines else ''}"


def run(command, limit=120.0, folder=None):
    """Runs one command, a list or a line for the shell."""
    arguments = ["/bin/sh", "-c", command] if isinstance(command, str) else [str(c) for c in command]
    begin = time.perf_counter()
    child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
                             start_new_session=True)
    late = threading.Event()
    watch = threading.Timer(limit, lambda: (late.set(), end_session(child.pid)))
    watch.start()
    texts = [[], []]
    readers = [threading.Thread(target=lambda pipe=pipe, text=text: text.append(pipe.read()))
               for pipe, text in zip((child.stdout, child.stderr), texts)]
    for reader in readers:
        reader.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    watch.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    for reader in readers:
        reader.join()
    output, errors = (b"".join(text).decode(errors="replace") for text in texts)
    return Run(child.returncode, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output, errors, late.is_set())


def end_session(pid):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


@dataclass
class Contestant:
    """A command, what has to be removed before it runs, and its runs so far."""
    name: str
    command: object
    outputs: list = field(default_factory=list)
    runs: list = field(default_factory=list)
    limit: float = 600.0

    @property
    def line(self):
        return self.command if isinstance(self.command, str) else shlex.join(str(c) for c in self.command)

    @property
    def ok(self):
        return bool(self.runs) and all(r.ok for r in self.runs)

    @property
    def failure(self):
        return next((r.failure for r in self.runs if not r.ok), "not run")

    def median(self, figure="wall"):
        return statistics.median(getattr(r, figure) for r in self.runs)

    def spread(self):
        """Smallest and largest run over the median: what the machine does to one and the same command."""
        walls, middle = [r.wall for r in self.runs], self.median()
        return min(walls) / middle, max(walls) / middle

    def go(self):
        remove(self.outputs)
        os.sync()  # who waits for the disk would wait for what others have left to write
        if not self.runs or self.runs[-1].ok:
            self.runs.append(run(self.command, self.limit))


def remove(paths):
    for path in paths:
        subprocess.run(["rm", "-rf", "--", str(path)], check=True)


def take_turns(contestants, rounds):
    """A B C, A B C …; whoever failed once is not run again."""
    for _ in range(rounds):
        for contestant in contestants:
            contestant.go()
    for contestant in contestants:
        remove(contestant.outputs)


def warm(paths):
    for path in paths:
        with open(path, "rb") as file:
            while file.read(1 << 22):
                pass


class Board:
    """Prints what was measured and keeps the verdicts for the end."""

    def __init__(self):
        self.verdicts = []

    def heading(self, text):
        print(f"\n== {text}", flush=True)

    def command(self, text):
        """As it can be run again from the top of the repository."""
        print(f"   $ {text.replace(f'{TOP}/', '')}", flush=True)

    def row(self, name, text):
        print(f"   {name:<30} {text}", flush=True)

    def verdict(self, name, passed, text):
        word = "PASS" if passed else "MISS"
        self.verdicts.append((word, name, text))
        self.row(name, f"{text}  {word}")

    def ratio(self, contestant, baseline, bar):
        """One line: times, ratio of medians against its bar (None: told, not judged), spread of the baseline."""
        self.command(contestant.line)
        if not contestant.ok or not baseline.ok:
            text = contestant.failure if not contestant.ok else f"{baseline.name}: {baseline.failure}"
            return self.verdict(contestant.name, False, text) if bar else self.row(contestant.name, text)
        ratio = contestant.median() / baseline.median()
        low, high = contestant.spread()
        text = (f"{contestant.median():8.3f} s  cpu {contestant.median('cpu'):7.3f} s  peak {contestant.median('peak') / 2**20:7.1f} MiB"
                f"  A/A {low:.2f}–{high:.2f}  ratio {ratio:5.2f}")
        if bar:
            self.verdict(contestant.name, ratio <= bar, f"{text}  bar ≤ {bar}")
        else:
            self.row(contestant.name, text)

    def summary(self):
        self.heading("summary")
        for word, name, text in self.verdicts:
            print(f"   {word}  {name}: {' '.join(text.split())}")
        missed = sum(1 for word, *_ in self.verdicts if word == "MISS")
        print(f"\n{len(self.verdicts) - missed} of {len(self.verdicts)} bars passed")
