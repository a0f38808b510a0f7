"""Several server processes on one port, behind a supervisor. See docs/DEPLOY.md."""
