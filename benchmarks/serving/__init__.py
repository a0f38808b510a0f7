"""What serving costs, beside what gRPC and bare sockets cost: ``python -m benchmarks.serving``."""
