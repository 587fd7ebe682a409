"""What stands around the programs: setting up, test servers, the demonstration, files for running them in earnest."""
