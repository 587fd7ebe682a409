"""What is installed at an agency. Needs nothing of `gateway`, and none of SQLAlchemy, FastAPI or uvicorn."""
