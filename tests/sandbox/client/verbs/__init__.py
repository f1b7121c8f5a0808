"""One file a verb, or a family of verbs: COMMANDS maps a name to its function and the flags that it implements."""
