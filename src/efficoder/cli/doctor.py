"""``efficoder doctor``: what this machine can do. Runs the sandbox's conformance suite in every tier there is, measures
floor and noise, and names the command that fixes each lack."""

import importlib.util
import os
import sys
from typing import Literal

import msgspec
import typer

from efficoder.cli.options import Json, examples
from efficoder.console import Activity, Console, command, data, table
from efficoder.errors import install

app = typer.Typer()


@app.command(epilog=examples("efficoder doctor", "efficoder doctor --json"))
def doctor(as_json: Json = False) -> None:
    """Say what this machine can do, and how to fix each lack.

    It attacks its own sandbox, which takes some seconds. Exit code 3: candidates cannot be run here.
    """
    ok = report(as_json=as_json)
    if not ok:
        raise typer.Exit(3)


class DoctorLine(msgspec.Struct, frozen=True):
    """One line of the examination. ``optional``: not there, and needed for some things only; ``lack``: worth mending;
    ``bad``: candidates cannot be run."""

    what: str
    state: Literal["ok", "optional", "lack", "bad"]
    detail: str
    fix: str = ""


def report(*, as_json: bool) -> bool:
    """Print the examination; False when this machine cannot run candidates at all."""
    with Activity(Console()) as tell:
        tell("examining this machine, which takes some seconds")
        findings = examine()
    if as_json:
        data(msgspec.json.format(msgspec.json.encode(findings), indent=2).decode())
    else:
        data(table(["what", "state", "found", "what to do"], [[f.what, f.state, f.detail, f.fix] for f in findings]))
    ok = not any(finding.state == "bad" for finding in findings)
    if ok:
        Console().say(f"next: {command('demo', '--recorded')}")
    return ok


def examine() -> list[DoctorLine]:
    """Everything worth knowing before a run, worst news included."""
    from efficoder.judging import machine

    facts = machine.facts()
    findings = [
        DoctorLine("python", "ok", f"{facts.python} ({sys.executable})"),
        DoctorLine(
            "machine", "ok", f"{facts.cpu}, {facts.cores} cores, {facts.memory_bytes / 2**30:.0f} GiB, {facts.kernel}"
        ),
        *_tiers(),
    ]
    if not any(finding.state == "bad" for finding in findings):
        findings += _measuring()
    return findings + _toolchains() + _extras() + _weights() + _keys()


def _tiers() -> list[DoctorLine]:
    from efficoder.sandbox import probe
    from efficoder.sandbox.conformance import run_conformance

    offered = probe()
    findings = []
    for tier in ("A", "B"):
        reason = offered.reasons.get(tier)
        if reason:
            fix = "sysctl -w user.max_user_namespaces=10000, or run outside a container that forbids them"
            findings.append(
                DoctorLine(f"sandbox tier {tier}", "lack", reason, fix if tier == "A" else "a newer kernel")
            )
            continue
        results = run_conformance(tier)
        broken = [result for result in results if not result.ok]
        detail = f"{len(results) - len(broken)} of {len(results)} attacks contained"
        if broken:
            detail += "; NOT: " + ", ".join(f"{result.name} ({result.detail})" for result in broken)
        used = tier == offered.best
        findings.append(DoctorLine(f"sandbox tier {tier}", "ok" if not broken else "bad" if used else "lack", detail))
    if offered.best is None:
        fix = (
            "use a kernel with user namespaces, or seccomp and Landlock; --set run.unsafe=true only for code you trust"
        )
        findings.append(DoctorLine("sandbox", "bad", "no tier works here", fix))
    return findings


def _measuring() -> list[DoctorLine]:
    from efficoder.judging import machine
    from efficoder.sandbox import Sandbox

    with Sandbox() as sandbox:
        floor, noise = machine.floor(sandbox), machine.noise(sandbox)
    busy = noise.wall_over_cpu > 1.2
    return [
        DoctorLine(
            "floor", "ok", f"an empty run takes {floor.cpu_s * 1e3:.2f} ms CPU (spread {floor.spread_s * 1e3:.2f})"
        ),
        DoctorLine(
            "noise",
            "lack" if busy else "ok",
            f"the same 20 ms of work: spread {noise.relative_spread:.1%}, slowest {noise.worst:.2f}x the fastest, "
            f"wall over CPU {noise.wall_over_cpu:.2f}",
            "another program shares the cores: rankings stay right, but take more rounds; stop it if you can" * busy,
        ),
    ]


def _toolchains() -> list[DoctorLine]:
    """What runs programs of each language: the interpreter that runs EffiCoder, and of every compiled language the
    compiler, tried on the empty program in the sandbox."""
    from efficoder.errors import PrerequisiteError, SandboxFault
    from efficoder.judging.trial import CHECK_LIMITS, run_pass
    from efficoder.languages import LANGUAGES
    from efficoder.sandbox import Program, Sandbox
    from efficoder.sandbox.compiling import compiler_of

    findings = []
    for known in LANGUAGES.values():
        if known.toolchain is None:
            findings.append(DoctorLine(known.title, "ok", f"candidates run under {sys.executable}"))
            continue
        try:
            version = compiler_of(known.toolchain).version
            with Sandbox() as sandbox:
                ran = run_pass(sandbox, Program(kind="stdio", code="", native=known.toolchain), [""], CHECK_LIMITS)
        except (PrerequisiteError, SandboxFault) as error:
            findings.append(DoctorLine(known.title, "optional", str(error), known.toolchain.package))
            continue
        ok = ran.ended == "finished"
        detail = version if ok else f"{version}; a trial ended by {ran.ended}: {ran.detail}"
        findings.append(DoctorLine(known.title, "ok" if ok else "lack", detail, "" if ok else known.toolchain.package))
    return findings


_EXTRAS = {
    "train": ("torch", "fine-tuning"),
    "local": ("xllamacpp", "embedded models"),
    "hub": ("huggingface_hub", "push to the Hugging Face hub"),
}


def _extras() -> list[DoctorLine]:
    findings = []
    for extra, (module, purpose) in _EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        fix = "" if there else install(extra)
        findings.append(DoctorLine(f"extra [{extra}]", "ok" if there else "optional", purpose, fix))
    return findings


def _weights() -> list[DoctorLine]:
    """Which weights of the registry were pulled."""
    from efficoder.models.weights import present

    found = present()
    here = [weights.name for weights, path in found if path is not None]
    missing = [weights.name for weights, path in found if path is None]
    fix = f"efficoder models pull {missing[0]} (or {', '.join(missing[1:])})" if not here else ""
    words = f"here: {', '.join(here)}" if here else "none pulled: only local/ models need them"
    return [DoctorLine("model weights", "ok" if here else "optional", words, fix)]


def _keys() -> list[DoctorLine]:
    """Which providers have a key; never the key."""
    there = bool(os.environ.get("OPENAI_API_KEY"))
    fix = "" if there else "export OPENAI_API_KEY=... (only for openai/ models; local and replayed ones need none)"
    return [DoctorLine("OPENAI_API_KEY", "ok" if there else "optional", "set" if there else "not set", fix)]
