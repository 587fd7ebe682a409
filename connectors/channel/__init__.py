"""How a program reaches the queue. The one part of a connector that the gateway imports too."""
