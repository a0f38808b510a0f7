"""The client: list, download, and watch what a server offers."""

from ani3d_runtime.client.aio import AsyncClient as AsyncClient
from ani3d_runtime.client.aio import AsyncPlayback as AsyncPlayback
from ani3d_runtime.client.cache import CachedPackage as CachedPackage
from ani3d_runtime.client.cache import cached_package as cached_package
from ani3d_runtime.client.credentials import Credentials as Credentials
from ani3d_runtime.client.info import ServerInfo as ServerInfo
from ani3d_runtime.client.listing import AvatarListing as AvatarListing
from ani3d_runtime.client.listing import ClipListing as ClipListing
from ani3d_runtime.client.listing import RemoteManifest as RemoteManifest
from ani3d_runtime.client.live import LiveClient as LiveClient
from ani3d_runtime.client.live import LivePublisher as LivePublisher
from ani3d_runtime.client.live import LiveSubscription as LiveSubscription
from ani3d_runtime.client.live_messages import LiveTicket as LiveTicket
from ani3d_runtime.client.live_messages import PublishOptions as PublishOptions
from ani3d_runtime.client.partial import DownloadReport as DownloadReport
from ani3d_runtime.client.reception import StreamHeader as StreamHeader
from ani3d_runtime.client.sync import Client as Client
from ani3d_runtime.client.sync import Playback as Playback
from ani3d_runtime.client.watching import PlayOptions as PlayOptions
