"""The gateway: what browsers are served, over WebSockets and plain HTTP. See docs/gateway.md."""
