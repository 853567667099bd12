"""OpenAI's surface."""
