"""The service: packages and their frames over gRPC.

Files here are the process: how it starts, is configured, looked at and stopped. A service has a room: ``assets``,
``play`` and ``live``. They share ``stream``, what a client is sent, and ``calls``, what stands between them and gRPC.
``trust`` says who may call, ``gateway`` serves browsers, ``bus`` and ``workers`` make one server of several processes.
"""

from ani3d_runtime.server.app import AvatarServer as AvatarServer
from ani3d_runtime.server.app import run_until_signalled as run_until_signalled
from ani3d_runtime.server.background import serving as serving
from ani3d_runtime.server.options import ServerOptions as ServerOptions
from ani3d_runtime.server.workers.supervisor import run_workers_until_signalled as run_workers_until_signalled
