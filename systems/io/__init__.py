"""Input and output: the paths of requests and of pages from disk through the root and its devices."""
