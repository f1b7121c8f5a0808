"""The daemon of a sandbox: API servers, controllers and (in kubelet/) the containers."""
