"""LlamaIndex."""

from headwater.compat.prysmai import PrysmSpanHandler as PrysmSpanHandler
