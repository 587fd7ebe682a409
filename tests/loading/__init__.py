"""How fast a connector loads everything an agency has, beside the barest loop on the same machine in the same run."""
