"""Members' data: shown, exported and deleted on request; old data and that of departed servers is deleted, too."""
