"""Where the files of datasets are stored: in a folder, or in a bucket of an object store."""
