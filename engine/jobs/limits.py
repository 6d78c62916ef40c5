"""What the engine takes on, and what it answers when that is full."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from engine.protocol.errors import ApiError, disk_full

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes of one upload and of all, bytes of the disk that stay free, and jobs that may wait."""

    file_bytes: int = 512 * MIB
    stored_bytes: int = 10 * 1024 * MIB
    spare_bytes: int = 256 * MIB
    waiting_jobs: int = 100

    def check_file(self, size: int) -> None:
        """Raises ApiError 413 where one file is too large."""
        if size > self.file_bytes:
            message = f"The file is larger than {self.file_bytes // MIB} MB."
            raise ApiError(message, status=413, param="file", code="file_too_large")

    def check_storage(self, stored: int, more: int) -> None:
        """Raises ApiError 413 where the uploads together would be too large."""
        if stored + more > self.stored_bytes:
            message = f"All files together would exceed this engine's {self.stored_bytes // MIB} MB: delete some."
            raise ApiError(message, status=413, param="file", code="storage_limit_exceeded")

    def has_room(self, folder: Path) -> bool:
        return shutil.disk_usage(folder).free >= self.spare_bytes

    def check_disk(self, folder: Path) -> None:
        """Raises ApiError 507 where too little of the disk is free."""
        if not self.has_room(folder):
            raise disk_full()

    def check_queue(self, waiting: int) -> None:
        """Raises ApiError 429 where too many jobs wait."""
        if waiting >= self.waiting_jobs:
            message = f"{waiting} fine-tuning jobs are waiting already. Cancel some, or try again when they are done."
            raise ApiError(message, status=429, kind="rate_limit_error", code="training_queue_full")
