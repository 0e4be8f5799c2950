"""The media-asset library: what the service knows, without a word of HTTP."""
