-- Placeholders: ${database} ${on_cluster} ${replicated} ('' or 'Replicated') and ${dedup_window} (a setting that only the
-- engines without replication need). Every step is idempotent and is recorded under its name once it is done.

-- step: spans
CREATE TABLE IF NOT EXISTS ${database}.spans ${on_cluster}
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    name LowCardinality(String),
    kind LowCardinality(String),
    status LowCardinality(String),
    status_message String CODEC(ZSTD(1)),
    error_type LowCardinality(String),
    stacktrace String CODEC(ZSTD(1)),
    start_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    end_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    duration_ns UInt64 MATERIALIZED toUInt64(greatest(0, toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time))) CODEC(T64, ZSTD(1)),
    source LowCardinality(String),
    scope LowCardinality(String),
    scope_version LowCardinality(String),
    service_name LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    tags Array(LowCardinality(String)),
    metadata Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    tool_name LowCardinality(String),
    agent_name LowCardinality(String),
    operation LowCardinality(String),
    provider LowCardinality(String),
    request_model LowCardinality(String),
    model LowCardinality(String),
    response_id String CODEC(ZSTD(1)),
    is_stream Nullable(UInt8) CODEC(ZSTD(1)),
    service_tier LowCardinality(String),
    finish_reasons Array(LowCardinality(String)),
    parameters String CODEC(ZSTD(1)),
    attempts Int64 CODEC(T64, ZSTD(1)),
    input_tokens Nullable(Int64) CODEC(T64, ZSTD(1)),
    output_tokens Nullable(Int64) CODEC(T64, ZSTD(1)),
    cache_read_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_write_5m_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_write_1h_tokens Int64 CODEC(T64, ZSTD(1)),
    reasoning_tokens Int64 CODEC(T64, ZSTD(1)),
    input_audio_tokens Int64 CODEC(T64, ZSTD(1)),
    output_audio_tokens Int64 CODEC(T64, ZSTD(1)),
    usage_estimated UInt8 CODEC(ZSTD(1)),
    usage_reported String CODEC(ZSTD(1)),
    cost_nanousd Nullable(Int64) EPHEMERAL,
    cost_usd Nullable(Decimal(18, 9)) DEFAULT toDecimal64(cost_nanousd, 0) * toDecimal64('0.000000001', 9) CODEC(ZSTD(1)),
    price_version LowCardinality(String),
    price_lines String CODEC(ZSTD(1)),
    reported_cost_usd Nullable(Float64) CODEC(ZSTD(1)),
    ttft_ns Nullable(Int64) CODEC(T64, ZSTD(1)),
    input Array(FixedString(16)) CODEC(ZSTD(1)),
    output Array(FixedString(16)) CODEC(ZSTD(1)),
    tools Array(FixedString(16)) CODEC(ZSTD(1)),
    input_preview String CODEC(ZSTD(1)),
    output_preview String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    content_attributes Map(LowCardinality(String), Array(FixedString(16))) CODEC(ZSTD(1)),
    resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    events String CODEC(ZSTD(1)),
    links String CODEC(ZSTD(1)),
    folded_into String CODEC(ZSTD(1)),
    received_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    is_deleted UInt8 CODEC(ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_response response_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_input input TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_output output TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_tools tools TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_attribute_key mapKeys(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_attribute_value mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_metadata_value mapValues(metadata) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${replicated}ReplacingMergeTree(version, is_deleted)
PARTITION BY toDate(start_time)
PRIMARY KEY (project, toStartOfMinute(start_time), xxHash32(trace_id))
ORDER BY (project, toStartOfMinute(start_time), xxHash32(trace_id), span_id, start_time)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, merge_selector_base = 10${dedup_window};

-- step: messages
CREATE TABLE IF NOT EXISTS ${database}.messages ${on_cluster}
(
    project LowCardinality(String),
    hash FixedString(16),
    kind LowCardinality(String),
    role LowCardinality(String),
    stored_content String CODEC(ZSTD(1)),
    text String CODEC(ZSTD(1)),
    content String ALIAS if(notEmpty(stored_content), stored_content, concat('{"parts":[{"content":', toJSONString(text), ',"type":"text"}],"role":', toJSONString(toString(role)), '}')),
    first_seen_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    INDEX by_text lower(text) TYPE text(tokenizer = 'splitByNonAlpha')
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toMonday(first_seen_time)
ORDER BY (project, hash)
SETTINGS index_granularity = 64, ttl_only_drop_parts = 1, merge_selector_base = 10${dedup_window};

-- step: traces
CREATE TABLE IF NOT EXISTS ${database}.traces ${on_cluster}
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    start_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    end_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    duration_ns UInt64 MATERIALIZED toUInt64(greatest(0, toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time))) CODEC(T64, ZSTD(1)),
    name LowCardinality(String),
    root_span_id String CODEC(ZSTD(1)),
    status LowCardinality(String),
    span_count UInt32 CODEC(T64, ZSTD(1)),
    call_count UInt32 CODEC(T64, ZSTD(1)),
    error_count UInt32 CODEC(T64, ZSTD(1)),
    folded_count UInt32 CODEC(T64, ZSTD(1)),
    orphan_count UInt32 CODEC(T64, ZSTD(1)),
    input_tokens Int64 CODEC(T64, ZSTD(1)),
    output_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_read_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_write_tokens Int64 CODEC(T64, ZSTD(1)),
    reasoning_tokens Int64 CODEC(T64, ZSTD(1)),
    cost_nanousd Nullable(Int64) EPHEMERAL,
    cost_usd Nullable(Decimal(18, 9)) DEFAULT toDecimal64(cost_nanousd, 0) * toDecimal64('0.000000001', 9) CODEC(ZSTD(1)),
    unpriced_calls UInt32 CODEC(T64, ZSTD(1)),
    ttft_ns Nullable(Int64) CODEC(T64, ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    environment LowCardinality(String),
    service_name LowCardinality(String),
    tags Array(LowCardinality(String)),
    kinds Array(LowCardinality(String)),
    models Array(LowCardinality(String)),
    providers Array(LowCardinality(String)),
    sources Array(LowCardinality(String)),
    error_types Array(LowCardinality(String)),
    input_preview String CODEC(ZSTD(1)),
    output_preview String CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    is_deleted UInt8 CODEC(ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${replicated}ReplacingMergeTree(version, is_deleted)
PARTITION BY toDate(start_time)
ORDER BY (project, toStartOfMinute(start_time), trace_id)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, merge_selector_base = 10${dedup_window};

-- step: log_events
CREATE TABLE IF NOT EXISTS ${database}.log_events ${on_cluster}
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    event_id FixedString(16),
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    name LowCardinality(String),
    severity LowCardinality(String),
    scope LowCardinality(String),
    body String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    input Array(FixedString(16)) CODEC(ZSTD(1)),
    output Array(FixedString(16)) CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ${replicated}ReplacingMergeTree(version)
PARTITION BY toDate(time)
ORDER BY (project, trace_id, span_id, time, event_id)
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, merge_selector_base = 10${dedup_window};

-- step: trace_time
CREATE TABLE IF NOT EXISTS ${database}.trace_time ${on_cluster}
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    min_start SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    max_start SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY (project, trace_id)
SETTINGS index_granularity = 256, merge_selector_base = 10${dedup_window};

-- step: trace_time_mv
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.trace_time_mv ${on_cluster} TO ${database}.trace_time AS
SELECT project, trace_id, min(start_time) AS min_start, max(start_time) AS max_start
FROM ${database}.spans GROUP BY project, trace_id;

-- step: facets
CREATE TABLE IF NOT EXISTS ${database}.facets ${on_cluster}
(
    project LowCardinality(String),
    facet LowCardinality(String),
    day Date,
    value String CODEC(ZSTD(1)),
    last_seen SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    traces AggregateFunction(uniqHLL12, String) CODEC(ZSTD(1))
)
ENGINE = ${replicated}AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (project, facet, day, value)
SETTINGS index_granularity = 1024, merge_selector_base = 10${dedup_window};

-- step: facets_mv
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.facets_mv ${on_cluster} TO ${database}.facets AS
SELECT project, pair.1 AS facet, toDate(start_time) AS day, pair.2 AS value, max(start_time) AS last_seen, uniqHLL12State(trace_id) AS traces
FROM ${database}.spans
ARRAY JOIN arrayFilter(p -> p.2 != '', arrayConcat(
    [
        ('name', toString(name)), ('kind', toString(kind)), ('status', toString(status)), ('source', toString(source)),
        ('error_type', toString(error_type)), ('service_name', toString(service_name)),
        ('environment', toString(environment)), ('release', toString(release)), ('session_id', session_id),
        ('user_id', user_id), ('tool_name', toString(tool_name)), ('agent_name', toString(agent_name)),
        ('operation', toString(operation)), ('provider', toString(provider)), ('model', toString(model))
    ],
    arrayMap(t -> ('tag', toString(t)), tags),
    arrayMap(k -> ('metadata_key', toString(k)), mapKeys(metadata))
)) AS pair
WHERE is_deleted = 0
GROUP BY project, facet, day, value;

-- step: rollups
CREATE TABLE IF NOT EXISTS ${database}.rollups ${on_cluster}
(
    project LowCardinality(String),
    grain_s UInt32,
    bucket DateTime64(0, 'UTC'),
    provider LowCardinality(String),
    model LowCardinality(String),
    operation LowCardinality(String),
    environment LowCardinality(String),
    service_name LowCardinality(String),
    status LowCardinality(String),
    source LowCardinality(String),
    calls UInt64 CODEC(T64, ZSTD(1)),
    errors UInt64 CODEC(T64, ZSTD(1)),
    input_tokens Int64 CODEC(T64, ZSTD(1)),
    output_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_read_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_write_tokens Int64 CODEC(T64, ZSTD(1)),
    reasoning_tokens Int64 CODEC(T64, ZSTD(1)),
    cost_usd Decimal(38, 9) CODEC(ZSTD(1)),
    unpriced_calls UInt64 CODEC(T64, ZSTD(1)),
    duration_state AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), UInt64) CODEC(ZSTD(1)),
    ttft_state AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Nullable(Int64)) CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ${replicated}ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(bucket)
ORDER BY (project, grain_s, bucket, provider, model, operation, environment, service_name, status, source)
SETTINGS index_granularity = 1024${dedup_window};

-- step: rollup_pending
CREATE TABLE IF NOT EXISTS ${database}.rollup_pending ${on_cluster}
(
    project LowCardinality(String),
    minute DateTime64(0, 'UTC'),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ${replicated}ReplacingMergeTree(version, is_deleted)
ORDER BY (project, minute)
SETTINGS index_granularity = 1024${dedup_window};

-- step: message_content
CREATE DICTIONARY IF NOT EXISTS ${database}.message_content ${on_cluster}
(
    project String,
    hash String,
    content String
)
PRIMARY KEY project, hash
SOURCE(CLICKHOUSE(DB '${database}' TABLE 'messages'))
LAYOUT(COMPLEX_KEY_DIRECT());
