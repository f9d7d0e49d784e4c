-- Whether a gap was closed is not in a snapshot: none is told, rather than told wrongly.
SELECT CAST(NULL AS INTEGER) AS gap_id, CAST(NULL AS VARCHAR) AS topic, CAST(NULL AS VARCHAR) AS level WHERE false
