"""The trust register's word at RabbitMQ: what should be there, what is there, the difference, and how it is mended."""
