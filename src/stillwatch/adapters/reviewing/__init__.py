"""Reviewing: a tool's file and folder in, one signed report in three forms out."""
