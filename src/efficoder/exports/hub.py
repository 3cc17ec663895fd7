"""Files to the Hugging Face hub: a new repository and one commit, or nothing. Only here is huggingface_hub imported."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from efficoder.errors import ModelError, PrerequisiteError, UsageError, install

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Kind = Literal["dataset", "model"]
Files = Mapping[str, Path | bytes]
"""What is uploaded, by its path in the repository: a file, or its content."""
_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_WRITES = "make one that may write at https://huggingface.co/settings/tokens, then `hf auth login`, or set HF_TOKEN"


def refuse_name(to: str) -> None:
    """Raises UsageError for what is no name of a repository."""
    name = to.rpartition("/")[2]
    if not _NAME.fullmatch(to) or len(to) > 96 or re.search(r"--|\.\.|^[-.]|[-.]$|\.git$", name):
        raise UsageError(f"--to {to}: name a repository as user/name: letters, digits, `-`, `_` and `.`")


def size_bytes(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def upload(files: Files, to: str, kind: Kind, *, private: bool) -> str:
    """Make the repository and put the files there in one commit; returns its address.

    Raises PrerequisiteError without the library or a token that may write, UsageError where the name is taken, and
    ModelError where the hub does not take the files; a repository that was made for them is then removed.
    """
    try:
        import huggingface_hub
    except ModuleNotFoundError:
        raise PrerequisiteError(f"push needs huggingface_hub; run: {install('hub')}") from None
    token = huggingface_hub.get_token()
    if token is None:
        raise PrerequisiteError(f"no token of the Hugging Face hub; {_WRITES}")
    api = huggingface_hub.HfApi(token=token)
    operations = [
        huggingface_hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
        for name, content in sorted(files.items())
    ]
    with _clear_errors(to, taken=409):
        address = str(api.create_repo(to, repo_type=kind, private=private, exist_ok=False))
    with _clear_errors(to), _whole(api, to, kind):
        api.create_commit(to, operations, repo_type=kind, commit_message="Upload with EffiCoder")
    return address


@contextmanager
def _whole(api: "HfApi", to: str, kind: Kind) -> Iterator[None]:
    """Removes the repository where what is done here does not end, whatever ended it."""
    from huggingface_hub.errors import HTTPError

    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            try:
                api.delete_repo(to, repo_type=kind, missing_ok=True)
            except HTTPError as error:
                raise ModelError(f"{to} was made, not filled, and cannot be removed: delete it on the hub") from error


@contextmanager
def _clear_errors(to: str, taken: int | None = None) -> Iterator[None]:
    """``taken``: the status that says that the name is."""
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled

    try:
        yield
    except (HTTPError, OfflineModeIsEnabled, RuntimeError, ValueError) as error:  # the two last: a file it refuses
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status is not None and status == taken:
            hint = "choose another name, or delete that repository on the hub first"
            raise UsageError(f"--to {to}: the hub has a repository of that name; {hint}") from error
        if status in (401, 403):
            raise PrerequisiteError(f"the token may not write to {to} (HTTP {status}); {_WRITES}") from error
        said = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
        raise ModelError(
            f"the hub did not take {to}, nothing is left there: {said}; run the same command again"
        ) from error
