"""Allies: a node's file of members, what it holds, how it pulls from others, signed bundles."""
