"""What has changed, what others may be shown of it, and the notice that says so."""
