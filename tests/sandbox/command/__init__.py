"""The command `scalekeep-sandbox`: starts and stops the daemon, fills the clusters, breaks them on request."""
