"""Playbooks: stories that join rooms. They open nothing and know no time."""
