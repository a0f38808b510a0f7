"""``python -m ani3d_runtime.server.workers``: what a supervisor starts."""

from ani3d_runtime.server.workers.worker import main

if __name__ == "__main__":
    main()
