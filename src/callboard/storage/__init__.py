"""The only folder that knows SQLAlchemy: Core statements built once, a module of functions per noun, one unit of work."""
