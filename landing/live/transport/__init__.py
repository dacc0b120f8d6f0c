"""Transport: sending frames to local connections, and the server's private APIs."""
