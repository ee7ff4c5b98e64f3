"""Playbooks: stories that join rooms. They open nothing and read no clock."""
