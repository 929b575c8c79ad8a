"""The door: commands, sign-in, routes, pages and the wiring of stores into use cases."""
