"""Where untrusted code runs: a guarded child process a run, measured by the kernel, judged by nobody in here.

api.py          what goes in and what comes out
worker.py       the parent's side
payloads.py     inputs as a child reads them
waiting.py      until a child has ended, with its results so far
outcome.py      what kernel and child said
sampler.py      memory over time
builds.py       what build steps printed, kept
compiling.py    executables of compiled programs, kept
profiles.py     what each kind of zygote sees
packages.py     the folder of packages that may be imported
tiers.py        which walls this machine offers
attacks.py      programs that try to get out
traces.py       pairs of programs of which one tells the other something
conformance.py  does the sandbox hold?
inside/         all that runs beside untrusted code
"""

from efficoder.sandbox.api import Kit, Limits, Native, Outcome, Program, Runtime, Tier, TierReport
from efficoder.sandbox.outcome import digest
from efficoder.sandbox.tiers import probe
from efficoder.sandbox.waiting import Watch
from efficoder.sandbox.worker import Sandbox

__all__ = [
    "Kit",
    "Limits",
    "Native",
    "Outcome",
    "Program",
    "Runtime",
    "Sandbox",
    "Tier",
    "TierReport",
    "Watch",
    "digest",
    "probe",
]
