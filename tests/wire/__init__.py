"""What only a socket shows: processes, reconnects, latency. A small Discord and a small model server on loopback."""
