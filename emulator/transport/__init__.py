"""The ways in that are not HTTP handlers of ours: a server in a thread, and interception in process."""
