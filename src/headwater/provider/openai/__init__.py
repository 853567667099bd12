"""OpenAI's endpoints, and those of everyone who speaks like them. One file an endpoint family."""
