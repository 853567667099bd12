"""Under which names other people tell the same thing: plain tables, read from left to right, the first there wins.

Sources: the OpenTelemetry GenAI registry (semantic-conventions v1.41.1 and its successor repository), and what the
instruments of `tests/recorded/otlp` really send. A name that a sender has ever used stays here.
"""

# A field of ours, and the attributes that tell it. An attribute stands in one row only.
FIELDS: dict[str, tuple[str, ...]] = {
    "operation": ("gen_ai.operation.name",),
    "provider": (
        "gen_ai.provider.name",
        "gen_ai.system",
        "llm.provider",
        "llm.system",
        "ai.model.provider",
        "mlflow.llm.provider",
        "llm.vendor",
        "pulse.provider",
    ),
    "request_model": (
        "gen_ai.request.model",
        "ai.model.id",
        "llm.request.model_name",
        "llm.request.model",
        "pulse.model",
    ),
    "response_model": (
        "gen_ai.response.model",
        "langfuse.observation.model.name",
        "llm.response.model_name",
        "mlflow.llm.model",
        "ai.response.model",
        "llm.model_name",
        "embedding.model_name",
        "reranker.model_name",
        "llm.response.model",
    ),
    "response_id": ("gen_ai.response.id", "ai.response.id", "llm.response.id"),
    "input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
        "ai.usage.tokens",
        "llm.usage.prompt_tokens",
    ),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
        "ai.usage.outputTokens",
        "ai.usage.completionTokens",
        "llm.usage.completion_tokens",
    ),
    "cache_read": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_read_tokens",
        "llm.token_count.prompt_details.cache_read",
        "ai.usage.cachedInputTokens",
        "ai.usage.inputTokenDetails.cacheReadTokens",
        "gen_ai.usage.prompt_tokens_details.cached_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cache_read_input_tokens",
        "gen_ai.usage.details.cached_tokens",
    ),
    "cache_write": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_tokens",
        "llm.token_count.prompt_details.cache_write",
        "ai.usage.inputTokenDetails.cacheWriteTokens",
        "gen_ai.usage.details.cache_write_tokens",
        "gen_ai.usage.details.cache_creation_input_tokens",
    ),
    "cache_write_5m": ("anthropic.usage.cache_creation.ephemeral_5m_input_tokens",),
    "cache_write_1h": ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens",),
    "reasoning": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
        "ai.usage.reasoningTokens",
        "ai.usage.outputTokenDetails.reasoningTokens",
        "gen_ai.usage.completion_tokens_details.reasoning_tokens",
        "llm.usage.reasoning_tokens",
    ),
    "input_audio": ("gen_ai.usage.audio.input_tokens", "llm.token_count.prompt_details.audio"),
    "output_audio": ("gen_ai.usage.audio.output_tokens", "llm.token_count.completion_details.audio"),
    "cost": ("operation.cost", "gen_ai.cost.total_cost", "gen_ai.usage.cost", "llm.cost.total"),
    "cost_cents": ("pulse.cost_cents",),
    "cost_json": ("langfuse.observation.cost_details", "mlflow.llm.cost"),
    "ttft_s": ("gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk"),
    "ttft_ms": ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"),
    "ttft_server_s": ("gen_ai.server.time_to_first_token",),
    "ttft_at": ("langfuse.observation.completion_start_time",),
    "session": (
        "session.id",
        "gen_ai.conversation.id",
        "langfuse.session.id",
        "traceloop.association.properties.session_id",
        "ai.telemetry.metadata.sessionId",
        "mlflow.trace.session",
        "pulse.session_id",
        "session_id",
    ),
    "user": (
        "user.id",
        "langfuse.user.id",
        "traceloop.association.properties.user_id",
        "ai.telemetry.metadata.userId",
        "mlflow.trace.user",
        "user_id",
        "gen_ai.user",
        "gen_ai.request.user",
        "llm.user",
        "enduser.id",
    ),
    "tags": ("langfuse.trace.tags", "tag.tags", "ai.telemetry.metadata.tags", "logfire.tags", "headwater.tags"),
    "tool_name": ("gen_ai.tool.name", "tool.name", "ai.toolCall.name", "pulse.tool.name"),
    "agent_name": ("gen_ai.agent.name", "agent.name", "agent_name", "pulse.agent.name"),
    "finish": (
        "gen_ai.response.finish_reasons",
        "llm.finish_reason",
        "anthropic.message.stop_reason",
        "ai.response.finishReason",
        "gen_ai.response.finish_reason",
        "llm.response.finish_reason",
        "llm.response.stop_reason",
        "langfuse.observation.metadata.finish_reason",
    ),
    "is_stream": ("gen_ai.request.stream", "llm.is_streaming", "gen_ai.is_streaming", "llm.request.is_streaming"),
    "attempts": ("headwater.attempts",),
    "service_tier": (
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "anthropic.response.service_tier",
        "gen_ai.response.service_tier",
        "openai.request.service_tier",
        "gen_ai.openai.request.service_tier",
        "anthropic.request.service_tier",
    ),
    "tools": (
        "gen_ai.tool.definitions",
        "mlflow.chat.tools",
        "ai.prompt.tools",
        "llm.tools",
        "model_request_parameters",
    ),
    "system": ("gen_ai.system_instructions",),
    "error_type": ("error.type",),
    "error_json": ("pulse.error",),
    "http_status": ("http.response.status_code", "http.status_code"),
    "level": ("langfuse.observation.level",),
    "level_message": ("langfuse.observation.status_message",),
    "environment": ("langfuse.environment", "deployment.environment.name", "deployment.environment"),
    "release": ("langfuse.release",),
    "prompt_name": ("gen_ai.prompt.name", "langfuse.observation.prompt.name", "llm.prompt_template.name"),
    "prompt_version": ("gen_ai.prompt.version", "langfuse.observation.prompt.version", "llm.prompt_template.version"),
    "metadata": ("metadata", "pulse.metadata"),
}

# The field of an attribute and its place in the row: the lower one wins.
FIELD_OF: dict[str, tuple[str, int]] = {
    name: (field, place) for field, names in FIELDS.items() for place, name in enumerate(names)
}

# Token counts as one object: the attribute, whose words it uses (a vendor's own, Langfuse's mixture, or a vendor's made
# inclusive), and whether it is JSON or what Python prints.
USAGE_OBJECTS: tuple[tuple[str, str], ...] = (
    ("langfuse.observation.usage_details", "langfuse"),
    ("mlflow.chat.tokenUsage", "inclusive"),
    ("gen_ai.usage.raw", "vendor"),
    ("metadata.usage_object", "printed"),
)

# What a call was given, by who tells it; the reader's name is a key of `content.INPUT_READERS`.
INPUTS: tuple[tuple[str, str], ...] = (
    ("gen_ai.input.messages", "messages"),
    ("langfuse.observation.input", "body"),
    ("mlflow.spanInputs", "body"),
    ("ai.prompt.messages", "messages"),
    ("llm.input_messages.", "indexed"),
    ("gen_ai.prompt.", "indexed"),
    ("llm.prompts.", "prompts"),
    ("llm.prompts", "texts"),
    ("embedding.embeddings.", "embedded"),
    ("input.value", "body"),
    ("traceloop.entity.input", "body"),
    ("pulse.request", "body"),
    ("gen_ai.prompt", "body"),
    ("ai.prompt", "body"),
    ("ai.values", "texts"),
    ("ai.value", "texts"),
    ("request_data", "body"),
    ("events", "events"),
)
OUTPUTS: tuple[tuple[str, str], ...] = (
    ("gen_ai.output.messages", "messages"),
    ("langfuse.observation.output", "body"),
    ("mlflow.spanOutputs", "body"),
    ("ai.response.", "vercel"),
    ("llm.output_messages.", "indexed"),
    ("gen_ai.completion.", "indexed"),
    ("llm.choices.", "choices"),
    ("output.value", "body"),
    ("traceloop.entity.output", "body"),
    ("pulse.output_text", "text"),
    ("pulse.response", "body"),
    ("gen_ai.completion", "body"),
    ("response_data", "body"),
    ("events", "events"),
)

# What any other step was given and gave: JSON or text, kept as a value.
STEP_INPUTS = (
    "gen_ai.tool.call.arguments",
    "gen_ai.retrieval.query.text",
    "langfuse.observation.input",
    "mlflow.spanInputs",
    "ai.toolCall.args",
    "ai.prompt",
    "input.value",
    "tool_arguments",
    "traceloop.entity.input",
    "gen_ai.tool.args",
    "pulse.tool.input",
)
STEP_OUTPUTS = (
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
    "langfuse.observation.output",
    "mlflow.spanOutputs",
    "ai.toolCall.result",
    "ai.response.object",
    "ai.response.text",
    "output.value",
    "tool_response",
    "traceloop.entity.output",
    "final_result",
    "pulse.tool.response",
    "pulse.output_text",
)
STEP_CONVERSATIONS = ("pydantic_ai.all_messages",)
STEP_EVENTS = "all_messages_events"

# Attributes that spread one structure over many names with numbers in them.
INDEXED = (
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.tools.",
    "llm.prompts.",
    "llm.choices.",
    "llm.request.functions.",
    "gen_ai.prompt.",
    "gen_ai.completion.",
    "retrieval.documents.",
    "embedding.embeddings.",
)

# What the user attached, told one name at a time.
METADATA = (
    "langfuse.trace.metadata.",
    "langfuse.observation.metadata.",
    "ai.telemetry.metadata.",
    "traceloop.association.properties.",
    "headwater.metadata.",
    "pulse.metadata.",
    "metadata.",
)

# Senders that put the user's own names beside theirs; a name that begins so, or is told by a field, is not the user's.
BARE_METADATA: dict[str, tuple[str, ...]] = {"pulse": ("pulse.", "gen_ai.")}

# What a span is named after where its tool has no name.
EVENT_NAMES = frozenset({"tool_request", "tool_result"})

# Settings of the request, told one name at a time; what follows is the OpenTelemetry name but for these.
PARAMETERS = ("gen_ai.request.", "ai.settings.", "gen_ai.openai.request.")
PARAMETER_NAMES = {
    "maxTokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "stopSequences": "stop_sequences",
    "stop": "stop_sequences",
    "n": "choice.count",
    "reasoning_effort": "reasoning.level",
}
# They have a field of their own.
NOT_PARAMETERS = frozenset(
    {
        "contents",
        "functions",
        "input",
        "instructions",
        "is_stream",
        "maxRetries",
        "messages",
        "metadata",
        "model",
        "output",
        "prompt",
        "service_tier",
        "stream",
        "stream_options",
        "system",
        "tools",
        "user",
    }
)
PARAMETER_OBJECTS = ("llm.invocation_parameters", "langfuse.observation.model.parameters")

# A span's events, and a log record's, that tell a message: who speaks, and on which side of the call.
MESSAGE_EVENTS: dict[str, tuple[str, bool]] = {
    "gen_ai.system.message": ("system", False),
    "gen_ai.user.message": ("user", False),
    "gen_ai.assistant.message": ("assistant", False),
    "gen_ai.tool.message": ("tool", False),
    "gen_ai.content.prompt": ("user", False),
    "gen_ai.choice": ("assistant", True),
    "gen_ai.content.completion": ("assistant", True),
}
DETAIL_EVENTS = frozenset({"gen_ai.client.inference.operation.details"})
EVENT_BODIES = ("gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion", "event_body")
FIRST_TOKEN_EVENTS = frozenset({"First Token Stream Event", "ai.stream.firstChunk"})

# Instruments that report fixed values for settings that nobody made, by the scope's first word.
INVENTED_PARAMETERS: dict[str, dict[str, float]] = {
    "openlit": {
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 1.0,
        "seed": 0,
        "max_tokens": -1,
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
    }
}

# Instruments whose input tokens leave out what the cache gave and took, by scope.
EXCLUSIVE_INPUT_SCOPES = ("openlit.instrumentation.anthropic",)
