"""Every fetched model and sample through Ferry and its peers: nodes, bytes, time, equality, latency, each against its bar.

An output counts as a peer's best only when it plays by the rules that Ferry plays by: the source's operator set version, no domain
that the source does not use (but ONNX's own), and no more functions, If, Loop, Scan or Einsum than the source has.
"""
import json
import math
import shutil

from measuring import TOP, Contestant, remove, run, take_turns

STANDARD = {"", "ai.onnx", "ai.onnx.ml"}


def objections(found, source):
    """Why an output cannot be the best; empty when it can."""
    reasons = sorted(set(found["domains"]) - set(source["domains"]) - STANDARD)
    reasons += [f"{name} {count}" for name, count in sorted(found["special"].items()) if count > source["special"].get(name, 0)]
    if found["opset"] != source["opset"]:
        reasons.append(f"opset {found['opset']}")
    return reasons


def geometric_mean(numbers):
    return math.exp(sum(map(math.log, numbers)) / len(numbers)) if numbers else math.nan


class Entry:
    """What one tool made of one model."""

    def __init__(self, contestant):
        self.contestant, self.counts, self.reasons = contestant, None, []
        self.equal, self.latency = None, {}

    @property
    def competes(self):
        return self.counts is not None and not self.reasons and bool(self.equal and self.equal["ok"])


class Table:
    def __init__(self, bench, peers):
        self.bench, self.board, self.tools = bench, bench.board, ["ferry", *peers]
        self.judge = TOP / ".venv-oracles" / "bin" / "python"
        self.folder = bench.out / "simplify"
        self.log = []
        self.folder.mkdir(parents=True, exist_ok=True)

    def contestants(self, model):
        for tool in self.tools:
            output = self.folder / f"{tool}.onnx"
            contestant = self.bench.peer(tool, model, output)
            if tool == "ferry":
                contestant.command = [self.bench.ferry, "optimize", model, output, "--verify", "none"]
            yield contestant

    def run(self, model):
        """One model: its rows, then its bars."""
        entries = [Entry(c) for c in self.contestants(model)]
        take_turns([e.contestant for e in entries], 1 if self.bench.quick else 3)
        for entry in entries:
            entry.contestant.go()  # the last run's output stays
        source = self.bench.counts([model])[model]
        for entry in entries:
            if entry.contestant.ok:
                entry.counts = self.bench.counts(entry.contestant.outputs).get(entry.contestant.outputs[0])
                entry.reasons = objections(entry.counts, source) if entry.counts else ["cannot be read"]
                entry.equal = self.equality(model, entry.contestant.outputs[0])
        self.time_outputs(model, [e for e in entries if e.counts])
        print(f"   {model.relative_to(TOP / 'Samples')}: {source['nodes']} nodes, {source['bytes'] / 1024:.1f} KiB, opset {source['opset']}")
        for entry in entries:
            self.row(entry)
        self.judge_model(model, entries, source)
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def inputs(self, model):
        folder = TOP / "Samples/inputs" / model.stem
        return ["--inputs", folder] if folder.is_dir() else []

    def equality(self, model, output):
        done = run([self.judge, TOP / "Tests/Oracles/compare_models.py", model, output, *self.inputs(model), "--limit", "5", "--json"], limit=900)
        lines = done.output.strip().splitlines()
        return json.loads(lines[-1]) if lines else {"ok": False, "failures": [done.failure]}

    def time_outputs(self, model, entries):
        """Ferry's own output twice: the first against the second is the A/A spread."""
        paths = [e.contestant.outputs[0] for e in entries]
        case = TOP / "Samples/inputs" / model.stem / "00"
        seconds = 4 if self.bench.quick else 12
        done = run([self.judge, TOP / "Tests/Benchmarks/output_latency.py", str(seconds), case, *paths, paths[0]], limit=1800)
        if not done.ok:
            return self.board.row("   latency", done.failure)
        figures = json.loads(done.output)
        for index, entry in enumerate(entries):
            entry.latency = {level: figures[level]["seconds"][index] for level in figures}
            entry.latency["spread"] = {level: figures[level]["spread"] for level in figures}
        return None

    def row(self, entry):
        if not entry.counts:
            return self.board.row(f"   {entry.contestant.name}", entry.contestant.failure if not entry.contestant.ok else "cannot be read")
        timed = "  ".join(f"{level} {1e3 * entry.latency[level]:8.2f} ms" for level in ("on", "off") if entry.latency.get(level))
        equal = entry.equal or {"ok": False, "failures": []}
        verdict = f"equal on {equal.get('cases', 0)}" if equal["ok"] else f"DIFFERENT: {'; '.join(equal['failures'][:1])[:60]}"
        rules = f"  not counted: {', '.join(entry.reasons)}" if entry.reasons else ""
        return self.board.row(
            f"   {entry.contestant.name}",
            f"{entry.counts['nodes']:6d} {entry.counts['bytes'] / 1024:10.1f} KiB {entry.contestant.median():6.2f} s  {timed}  {verdict}{rules}")

    # ---- Bars

    def judge_model(self, model, entries, source):
        ours, peers = entries[0], entries[1:]
        if not ours.counts:
            return self.board.verdict(f"simplify, {model.stem}", False, ours.contestant.failure)
        rivals = [e for e in peers if e.competes]
        name = model.stem
        self.board.verdict(f"equal, {name}", ours.competes, f"{ours.equal.get('cases', 0)} inputs {'; '.join(ours.reasons)}")
        self.bar(f"nodes, {name}", ours.counts["nodes"], [e.counts["nodes"] for e in rivals], 1, "{:.0f}")
        self.bar(f"bytes, {name}", ours.counts["bytes"], [e.counts["bytes"] for e in rivals], 1.01, "{:.0f}")
        finished = [e.contestant.median() for e in peers if e.contestant.ok]
        self.bar(f"time, {name}", ours.contestant.median(), finished, 1 / 3, "{:.3f} s")
        for level in ("on", "off"):
            if ours.latency.get(level):
                spread = ours.latency["spread"][level]
                times = [e.latency[level] for e in rivals if e.latency.get(level)]
                self.bar(f"latency {level}, {name}", ours.latency[level], times, spread, "{:.6f} s")
        return self.remember(ours, rivals, source)

    def bar(self, name, ours, others, factor, form):
        if not others:
            return self.board.row(name, "no peer's output competes")
        best = min(others)
        text = f"{form.format(ours)}, the best peer {form.format(best)}, ratio {ours / best:.3f}  bar ≤ {factor:.3f}"
        return self.board.verdict(name, ours <= best * factor, text)

    def remember(self, ours, rivals, source):
        best = {level: min((e.latency[level] for e in rivals if e.latency.get(level)), default=None) for level in ("on", "off")}
        ratios = {level: ours.latency[level] / best[level] for level in best if best[level] and ours.latency.get(level)}
        self.log.append((ours.counts["nodes"] / source["nodes"], ratios))

    def summary(self):
        self.board.row("all models", f"nodes after ÷ before, geometric mean {geometric_mean([n for n, _ in self.log]):.3f}")
        for level in ("on", "off"):
            mean = geometric_mean([r[level] for _, r in self.log if level in r])
            text = f"ours ÷ the best peer's, geometric mean {mean:.3f}"
            if level == "on":
                self.board.verdict("latency on, all models", mean <= 1.02, f"{text}  bar ≤ 1.02")
            else:
                self.board.row("latency off, all models", text)


def batch(bench):
    """200 copies of the fetched models, with one job and with two; work per second and, for busy machines, processor time."""
    copies = bench.out / "batch"
    copies.mkdir(parents=True, exist_ok=True)
    models = sorted((TOP / "Samples/fetched").rglob("*.onnx"))
    count = 60 if bench.quick else 200
    for index in range(count):
        model = models[index % len(models)]
        shutil.copy(model, copies / f"{index:03d}-{model.name}")
    bench.board.heading(f"batch: {count} copies of {len(models)} fetched models, --verify none")
    jobs = {}
    for n in (1, 2):
        target = bench.out / f"batch-{n}"
        jobs[n] = Contestant(f"batch, {n} job(s)", [bench.ferry, "batch", copies, "-o", target, "--jobs", str(n), "--", "--verify", "none"], [target])
    take_turns(list(jobs.values()), 1 if bench.quick else 3)
    for contestant in jobs.values():
        bench.board.ratio(contestant, jobs[1], None)
    remove([copies])
    if not all(j.ok for j in jobs.values()):
        return bench.board.verdict("batch", False, next(j.failure for j in jobs.values() if not j.ok))
    gain = jobs[1].median() / jobs[2].median()
    busy = jobs[2].median("cpu") / jobs[2].median()
    text = f"{gain:.2f} × as fast; processor time {jobs[1].median('cpu'):.1f} s and {jobs[2].median('cpu'):.1f} s, {busy:.2f} cores busy  bar ≥ 1.7"
    return bench.board.verdict("batch, 2 jobs", gain >= 1.7, text)
