class SandboxError(Exception):
    """One sentence of what happened, what was left unchanged, what to do next."""
