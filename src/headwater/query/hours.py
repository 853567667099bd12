"""Hours: how spans of some hours only are read. Rollups say which hours are worth it."""

HOUR_S = 3_600

# The sort key holds minutes. A set from a subquery reaches it; one of hours, or from arrayMap, reads every granule.
IN_HOURS = (
    "toStartOfMinute(start_time) IN (SELECT toDateTime(arrayJoin(arrayFlatten("
    "arrayMap(hour -> arrayMap(minute -> hour + 60 * minute, range(60)), {hours:Array(Int64)}))), 'UTC'))"
)
