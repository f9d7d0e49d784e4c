SELECT barrier, activity_type, n, intending / n AS intent_share FROM intent_cells ORDER BY 1, 2
