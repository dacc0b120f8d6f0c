"""Transport: frames on their way to local connections, and the server's private APIs."""
