"""The client: list, download, and watch what a server offers."""

from ani3d_runtime.client.aio.client import AsyncClient as AsyncClient
from ani3d_runtime.client.aio.client import AsyncPlayback as AsyncPlayback
from ani3d_runtime.client.blocking.client import Client as Client
from ani3d_runtime.client.blocking.client import Playback as Playback
from ani3d_runtime.client.blocking.live import LiveClient as LiveClient
from ani3d_runtime.client.blocking.live import LivePublisher as LivePublisher
from ani3d_runtime.client.blocking.live import LiveSubscription as LiveSubscription
from ani3d_runtime.client.cache import CachedPackage as CachedPackage
from ani3d_runtime.client.cache import cached_package as cached_package
from ani3d_runtime.client.partial import DownloadReport as DownloadReport
from ani3d_runtime.client.protocol.credentials import Credentials as Credentials
from ani3d_runtime.client.protocol.info import ServerInfo as ServerInfo
from ani3d_runtime.client.protocol.listing import AvatarListing as AvatarListing
from ani3d_runtime.client.protocol.listing import ClipListing as ClipListing
from ani3d_runtime.client.protocol.listing import RemoteManifest as RemoteManifest
from ani3d_runtime.client.protocol.live_messages import LiveTicket as LiveTicket
from ani3d_runtime.client.protocol.live_messages import PublishOptions as PublishOptions
from ani3d_runtime.client.protocol.reception import StreamHeader as StreamHeader
from ani3d_runtime.client.protocol.reception import StreamRendition as StreamRendition
from ani3d_runtime.client.protocol.watching import PlayOptions as PlayOptions
from ani3d_runtime.client.take import Take as Take
