"""TAXII 2.1: where a server keeps its objects, and a client that pulls and pushes."""
