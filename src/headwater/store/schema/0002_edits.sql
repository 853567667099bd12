-- step: edits
CREATE TABLE IF NOT EXISTS ${database}.edits ${on_cluster}
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    what LowCardinality(String),
    value String CODEC(ZSTD(1)),
    is_on UInt8,
    person String CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ${replicated}ReplacingMergeTree(version)
ORDER BY (project, trace_id, what, value)
SETTINGS index_granularity = 256${dedup_window};
