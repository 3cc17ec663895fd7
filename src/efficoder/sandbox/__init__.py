"""Where untrusted code runs: a guarded child process a run, measured by the kernel, judged by nobody in here."""

from efficoder.sandbox.api import Limits, Outcome, Program, Tier, TierReport
from efficoder.sandbox.outcome import digest
from efficoder.sandbox.tiers import probe
from efficoder.sandbox.worker import Sandbox

__all__ = ["Limits", "Outcome", "Program", "Sandbox", "Tier", "TierReport", "digest", "probe"]
