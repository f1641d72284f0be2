"""What is said of an error that stops a step: our own words, or a class and a place."""

import pytest

from orchestration.faults import StepError, StepStorageError, without_values
from sources.bucket import StorageError

CANARY = "Jan de Vries"


def raising(error: Exception) -> None:
    @without_values(StorageError)
    def step() -> None:
        raise error

    step()


def test_a_foreign_message_does_not_get_out() -> None:
    with pytest.raises(StepError) as caught:
        raising(ValueError(f"could not convert {CANARY!r}"))
    assert CANARY not in str(caught.value)
    assert "ValueError at test_faults.py" in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_full_disk_is_told_apart() -> None:
    with pytest.raises(StepStorageError):
        raising(OSError(28, "No space left on device"))


def test_our_own_words_pass() -> None:
    with pytest.raises(StorageError, match="folder uwv"):
        raising(StorageError("folder uwv cannot be listed"))
