"""The portal behind a real openNDS gateway, with phones in network namespaces."""
