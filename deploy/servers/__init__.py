"""Private RabbitMQ and PostgreSQL for tests, bench and fault drills: own ports, own folders, gone at the end."""
