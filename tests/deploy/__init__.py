"""Tests of the room `deploy/`: what the units, the containers and the web interface let through."""
