"""What the engine put into an object store."""

from pydantic import BaseModel


class Publication(BaseModel):
    """An adapter's folder in an object store, written down before its first upload: what lies there can always be deleted again."""

    store: str
    folder: str
    weights: str

    @property
    def id(self) -> str:
        return f"{self.store}/{self.folder}"
