"""The service: packages and their frames over gRPC. See docs/ARCHITECTURE.md."""

from ani3d_runtime.server.app import AvatarServer as AvatarServer
from ani3d_runtime.server.app import run_until_signalled as run_until_signalled
from ani3d_runtime.server.background import serving as serving
from ani3d_runtime.server.options import ServerOptions as ServerOptions
from ani3d_runtime.server.workers.supervisor import run_workers_until_signalled as run_workers_until_signalled
